"use strict";
(() => {
  const body = document.body;
  const names = JSON.parse(body.dataset.names);
  const [secret, place = "channel", person = "1"] = location.hash.slice(1).split("/");
  const name = names[Number(person) - 1] || names[0];
  document.title = `${place === "dm" ? body.dataset.bot : "#" + body.dataset.channel} · ${name}`;

  const make = (tag, className, text) => {
    const element = document.createElement(tag);
    if (className) element.className = className;
    if (text) element.textContent = text;
    return element;
  };
  const bar = make("nav", "playground");
  bar.setAttribute("aria-label", "Playground");
  bar.append(make("strong", "", `${body.dataset.bot} playground`));
  const links = {};
  const link = (text, toPlace, toPerson, current) => {
    const anchor = make("a", current ? "current" : "", text);
    anchor.href = `#${secret}/${toPlace}/${toPerson}`;
    if (current) anchor.setAttribute("aria-current", "page");
    bar.append(anchor);
    return anchor;
  };
  links.channel = link(`# ${body.dataset.channel}`, "channel", person, place === "channel");
  links.dm = link(`@ ${body.dataset.bot}`, "dm", person, place === "dm");
  bar.append(make("span", "gap", "as"));
  names.forEach((other, index) => {
    const anchor = link(other, place, index + 1, String(index + 1) === person);
    anchor.title = `See the page as ${other}. Open it in a second tab to play together.`;
  });
  bar.append(make("span", "hint", "Type / in the message box to see the commands."));
  const notice = make("div", "playground-notice");
  notice.setAttribute("role", "status");
  notice.hidden = true;
  const say = (text) => {
    if (notice.textContent !== text) notice.textContent = text;
    notice.hidden = !text;
  };
  body.prepend(bar, notice);
  let flashing = 0;
  const flash = (text) => {
    clearTimeout(flashing);
    say(text);
    flashing = setTimeout(() => say(""), 6000);
  };
  const BY_HAND = ["click", "select", "modal_submit", "send_message", "run_command"];
  const noteReceipt = (receipt, sent) => {
    const kind = JSON.parse(typeof sent === "string" ? sent : sent.get("payload")).kind;
    if (receipt.rejected && BY_HAND.includes(kind)) flash("That did not go through; the message may have changed.");
    else if (receipt.acknowledgement === "unacknowledged") flash(`${body.dataset.bot} did not respond.`);
  };

  // Text that was not sent when the page was left: for another place, or because the playground started anew.
  const DRAFT = `playground-draft/${place}/${person}`;
  const keepDraft = () => {
    const typed = [...document.querySelectorAll("textarea")]
      .filter((field) => !field.readOnly && field.value.trim()).map((field) => field.value);
    if (typed.length) sessionStorage.setItem(DRAFT, typed.join("\n\n"));
  };
  window.addEventListener("pagehide", keepDraft);
  const draft = sessionStorage.getItem(DRAFT);
  if (draft) {
    const box = make("details", "playground-draft");
    box.open = true;
    const text = make("textarea");
    text.readOnly = true;
    text.value = draft;
    const done = make("button", "", "Done");
    done.type = "button";
    done.addEventListener("click", () => { sessionStorage.removeItem(DRAFT); box.remove(); });
    box.append(make("summary", "", "You had typed this and not sent it. Copy it back if you need it."), text, done);
    notice.after(box);
  }

  // A message of the bot in the place that is not on show.
  const noteNews = (header) => {
    if (!header) return;
    for (const [where, newest] of Object.entries(JSON.parse(header))) {
      const seen = `playground-seen/${person}/${where}`;
      const shown = where === place && document.visibilityState === "visible";
      if (shown) localStorage.setItem(seen, newest);
      links[where].classList.toggle("unread", BigInt(newest) > BigInt(localStorage.getItem(seen) || "0"));
    }
  };

  // Stay with the newest message, as Discord does, until the person scrolls up. simcord's page does so only while
  // it stands at the very bottom, which a message that grows after it was drawn undoes.
  let following = true;
  let scrolling = 0;
  const atBottom = (list) => list.scrollHeight - list.scrollTop - list.clientHeight < 24;
  const noteScroll = ({ target }) => {
    const list = target.closest?.(".channel-timeline");
    if (!list) return;
    following = false; // else the next tick would pull the page back while it is being scrolled
    clearTimeout(scrolling);
    scrolling = setTimeout(() => { following = atBottom(list); }, 150);
  };
  for (const kind of ["wheel", "touchmove", "pointerup", "keyup"]) {
    document.addEventListener(kind, noteScroll, { passive: true, capture: true });
  }
  setInterval(() => {
    const list = document.querySelector(".channel-timeline");
    if (!following || !list || atBottom(list)) return;
    list.scrollTop = list.scrollHeight;
    document.getElementById("new-messages").hidden = true;
  }, 150);

  const real = window.fetch.bind(window);
  let opened = false;
  let stopped = false;
  window.fetch = async (input, options = {}) => {
    const path = String(input);
    if (path === "/api/pages") {
      const zone = Intl.DateTimeFormat().resolvedOptions().timeZone;
      options = { ...options, headers: { ...options.headers, "X-Playground-Zone": zone } };
    }
    let response;
    try {
      response = await real(input, options);
    } catch (error) {
      if (error?.name !== "AbortError") {
        stopped = true;
        say("The playground has stopped. Start it again; this page will find it.");
      }
      throw error;
    }
    if (path.startsWith("/api/")) {
      if (path === "/api/pages") {
        opened = response.ok;
        say(response.ok ? "" : "This address is not valid any more. Open the one in the terminal.");
      } else if (opened && (response.status === 401 || response.status === 410)) {
        // The page had been forgotten: the playground started anew, or the machine slept.
        keepDraft(); // now, for simcord's page empties itself at such an answer
        location.reload();
      } else if (path === "/api/action" && response.ok) {
        following = true;
        noteReceipt(await response.clone().json(), options.body);
      } else if (path === "/api/state" && response.ok) {
        if (stopped) say("");
        stopped = false;
        noteNews(response.headers.get("X-Playground-News"));
      }
    }
    return response;
  };
  // simcord asks the bot for suggestions once something is typed; Discord asks at once.
  document.addEventListener("focusin", ({ target }) => {
    if (target.matches?.(".command-option-input") && !target.value) {
      target.dispatchEvent(new Event("input", { bubbles: true }));
    }
  });

  // Once a command is chosen, Enter runs it, as in Discord; simcord would add the first optional option.
  let arrowed = false;
  document.addEventListener("focusin", () => { arrowed = false; });
  document.addEventListener("keydown", (event) => {
    const { key, target } = event;
    if (key === "Enter" && target.matches?.(".command-file-choose:has(~ .command-file-remove)")) {
      event.preventDefault();
      document.getElementById("send-message").click();
    }
    if (!target.matches?.(".command-chip")) return;
    if (key.startsWith("Arrow")) arrowed = true;
    if (key !== "Enter" || arrowed) return;
    for (const item of document.querySelectorAll(".command-popup [aria-selected=true]")) {
      item.removeAttribute("aria-selected");
    }
  }, true);

  // "in 2 minutes" is written once, when a message is drawn.
  const relative = new Intl.RelativeTimeFormat("en-US", { numeric: "auto" });
  const units = [["second", 60], ["minute", 60], ["hour", 24], ["day", 7], ["week", Infinity]];
  setInterval(() => {
    for (const element of document.querySelectorAll("time.discord-timestamp")) {
      if (!/^(in \d|\d.* ago$|now$|tomorrow$|yesterday$|(this|next|last) \w+$)/.test(element.textContent)) continue;
      let amount = (Date.parse(element.dateTime) - Date.now()) / 1000;
      for (const [unit, size] of units) {
        if (Math.abs(amount) < size) {
          const text = relative.format(Math.round(amount), unit);
          if (text !== element.textContent) element.textContent = text;
          break;
        }
        amount /= size;
      }
    }
  }, 500);

  // A link to a message.
  document.addEventListener("click", (event) => {
    const anchor = event.target.closest?.('a[href^="https://discord.com/channels/"]');
    if (!anchor) return;
    event.preventDefault();
    const id = anchor.getAttribute("href").split("/").pop();
    const message = document.querySelector(`.channel-message[data-message-id="${CSS.escape(id)}"]`);
    if (message) message.scrollIntoView({ block: "center", behavior: "smooth" });
    else flash("That message is not on this page.");
  }, true);

  document.addEventListener("DOMContentLoaded", () => {
    document.getElementById("channel-empty").textContent = place === "dm"
      ? "Nothing here yet. Type / in the message box and choose a command. In a round, what you type is your answer."
      : "Nothing here yet. Type / in the message box and choose a command.";
  });

  if (!secret) say("Open the address that the terminal shows: the part after # is missing.");
})();
