"""The Mockloop bot: engines, services, store and the processes that run them."""
