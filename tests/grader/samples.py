"""Questions of the graders' own tests; the bank may change without changing what these tests say."""

from __future__ import annotations

from questions.loader import load_text
from questions.model import FreeText, MultipleChoice, Numeric

_PENALTIES = r"""
id: ml.regularization.two-penalties
version: 1
type: free_text
topics: [ml.regularization]
difficulty: {level: 2, b: -0.3, a: 1.1}
prompt: >-
  Two colleagues argue about which penalty to add to a linear model. Compare L1 and L2, and say what happens as
  lambda changes and how you would set it.
key_points:
  - id: l1-sparse
    tier: core
    weight: 3
    claim: The L1 penalty sets some coefficients exactly to zero, which selects features.
    accept:
      phrases: [lasso zeroes out coefficients, L1 gives sparse solutions, the absolute penalty selects features]
      patterns:
        - '(sparse|sparsity)'
        - '(zero(es|ed)?|drops?) (out )?(some |many )?(coefficients|features|weights)'
        - 'exactly (to )?zero'
    reject_if: ['never (exactly )?zero']
    followup: What does the first penalty leave behind when you print the coefficients?
  - id: l2-shrinks
    tier: core
    weight: 3
    claim: The L2 penalty shrinks all coefficients smoothly but keeps them in the model.
    accept:
      phrases: [ridge shrinks every coefficient smoothly, L2 makes all weights small without dropping any]
      patterns: ['(ridge|l2)[^.]{0,60}(shrink|small|smooth|toward)']
    followup: And the second one?
  - id: lambda-variance
    tier: core
    weight: 2
    claim: A larger lambda lowers variance and raises bias.
    accept:
      phrases: [more regularization reduces variance, a stronger penalty trades variance for bias]
      patterns: ['lambda[^.]{0,60}varian', 'varian[^.]{0,60}lambda', 'regulari[sz]ation[^.]{0,40}varian']
    half: ['lambda[^.]{0,40}(trade.?off|balance)']
    followup: Which error component moves when you turn lambda up?
  - id: choose-lambda
    tier: depth
    weight: 2
    claim: Choose lambda by cross-validation on a grid.
    accept:
      phrases: [tune the strength on validation folds, pick lambda by cross-validation]
      patterns: ['cross.?validat\w*', '(tune|choose|pick|select)\w*[^.]{0,40}validation']
    followup: How do you set its value?
  - id: standardize
    tier: depth
    weight: 1
    claim: Standardize the features first, because the penalty depends on their scale.
    accept:
      phrases: [put all features on the same scale, scale the inputs before penalizing]
      patterns: ['standardi[sz]', 'same scale']
    followup: What must be done to the inputs before the fit?
  - id: prior-view
    tier: stretch
    weight: 1
    claim: L2 corresponds to a Gaussian prior, L1 to a Laplace prior.
    accept:
      phrases: [ridge is MAP with a Gaussian prior, lasso is MAP with a Laplace prior]
      patterns: ['(gaussian|laplace) prior']
    followup: Is there a Bayesian reading?
contrasts:
  - "L1|lasso": [sparse, zeroes out coefficients, selects features]
    "L2|ridge": [shrinks smoothly, keeps all features]
relations:
  - more regularization | larger lambda | stronger penalty -> less variance
  - more regularization | larger lambda -> more bias
misconceptions:
  - id: l2-selects
    claim: L2 selects features.
    signals: ['(l2|ridge) (penalty )?(does|performs) feature selection']
    penalty: 0.2
    fatal: true
    why_wrong: Ridge keeps every feature with a smaller weight.
    probe: What would a printed list of ridge coefficients look like?
  - id: no-tuning
    claim: Lambda never needs tuning.
    signals: ['lambda (never|does ?n.t) needs? (any )?tuning']
    phrases: [the default lambda is always fine]
    penalty: 0.1
    why_wrong: The best strength depends on the data.
hints:
  - Print the coefficients of both fits in your mind.
  - Think about the corner that one of the penalties has.
  - One makes the model sparse, the other only shrinks; the strength is a hyperparameter.
model_answer:
  short: >-
    L1 gives sparse models, L2 shrinks smoothly; larger lambda lowers variance and raises bias; tune it by
    cross-validation.
  full: >-
    The L1 penalty sets some coefficients exactly to zero, so lasso selects features. The L2 penalty shrinks all
    coefficients smoothly and keeps them in the model. A larger lambda lowers variance and raises bias. I would
    standardize the features first, because the penalty depends on their scale, and choose lambda by
    cross-validation on a grid. In Bayesian terms, ridge is a Gaussian prior and lasso a Laplace prior.
calibration_answers:
  - label: strong
    text: "@model_answer.full"
    hits: [l1-sparse, l2-shrinks, lambda-variance, choose-lambda, standardize, prior-view]
    band: {junior: 4, mid: 4, senior: 4}
  - label: partial
    text: >-
      Lasso gives a sparse model because it zeroes out coefficients, while ridge only makes all the weights a bit
      smaller.
    hits: [l1-sparse, l2-shrinks]
    band: {junior: 3, mid: 2, senior: 2}
  - label: wrong
    text: Ridge performs feature selection, and the default lambda is always fine, so I would simply fit it and go on.
    hits: []
    misconceptions: [l2-selects, no-tuning]
    band: {junior: 1, mid: 1, senior: 1}
references:
  - {title: The Elements of Statistical Learning, author: "Hastie, Tibshirani, Friedman", year: 2009}
"""

_MODES = r"""
id: dl.normalization-dropout.two-modes
version: 1
type: free_text
topics: [dl.normalization-dropout]
difficulty: {level: 3}
prompt: >-
  A network scores well on batches of 256, but one request at a time its predictions look wrong. Explain how batch
  norm behaves in training and at inference, and what you would change.
key_points:
  - id: batch-stats
    tier: core
    weight: 3
    claim: In training, activations are normalized with the mean and variance of the current mini-batch.
    accept:
      phrases: [uses the statistics of the batch while training, mean and variance computed over the mini-batch]
      patterns:
        - '(mean|statistics?|variance)[^.]{0,40}(of|over|from) (the |each |its )?(current )?(mini.?)?batch'
        - 'batch (statistics|mean|moments)'
    followup: Which numbers does the layer use while training?
  - id: running-stats
    tier: core
    weight: 3
    claim: At inference it uses running averages of mean and variance collected during training.
    accept:
      phrases: [moving averages collected during training, population statistics at test time]
      patterns: ['running (mean|average|stat|estimate)', 'moving average', 'population stat', 'stored (mean|stat)']
    followup: With one example there is no batch. Where do the numbers come from then?
  - id: mode-bug
    tier: core
    weight: 3
    claim: The model is probably served in training mode, so nobody called eval.
    accept:
      phrases: [model.eval() was not called, the layer is still in training mode in production]
      patterns: ['eval\(\)|eval(uation)? mode', '(still|left|served|serving|running) in train(ing)? mode']
    followup: What decides which statistics are used?
  - id: small-batch
    tier: depth
    weight: 2
    claim: With small batches the estimates are noisy.
    accept:
      phrases: [estimates are unreliable for tiny batches, small batches give noisy statistics]
      patterns:
        - '(small|tiny)[^.]{0,25}batch[^.]{0,60}(nois|unreliab)'
        - '(nois|unreliab)\w*[^.]{0,60}(small|tiny)[^.]{0,15}batch'
    followup: What goes wrong with a batch of two?
misconceptions:
  - id: bn-off
    claim: Batch norm is switched off at inference.
    signals: ['(batch ?norm|it) (is|gets) (turned|switched) off (at|during) (inference|test)']
    penalty: 0.15
    why_wrong: The layer still normalizes, with stored statistics instead of those of the batch.
    probe: What does the layer compute for one request, step by step?
hints:
  - Which layers behave differently once training ends?
  - The layer needs two numbers per channel. Where can it take them from with one row?
  - Frameworks have a switch between training and evaluation.
model_answer:
  short: Training uses batch statistics, inference running averages; call eval() before serving.
  full: >-
    In training the layer normalizes with the mean and variance of the current mini-batch. At inference it uses the
    running averages collected in training, so a prediction does not depend on its neighbors. One request at a time
    in training mode is normalized by itself, so I would check that the service calls eval(). With small batches the
    estimates are noisy, and then group norm is safer.
calibration_answers:
  - label: strong
    text: "@model_answer.full"
    hits: [batch-stats, running-stats, mode-bug, small-batch]
    band: {junior: 4, mid: 4, senior: 4}
  - label: partial
    text: >-
      While training it takes the mean and variance of the mini-batch, and in production you must use moving averages
      instead.
    hits: [batch-stats, running-stats]
    band: {junior: 3, mid: 2, senior: 2}
  - label: wrong
    text: Batch norm is turned off at inference, so the scale is different, and I would train longer with a bigger rate.
    hits: []
    misconceptions: [bn-off]
    band: {junior: 1, mid: 1, senior: 1}
references:
  - {title: Batch Normalization, author: "Ioffe, Szegedy", year: 2015}
"""

_ALERTS = r"""
id: eval.classification-metrics.flag-nothing
version: 1
type: multiple_choice
topics: [eval.classification-metrics]
difficulty: {level: 1, c: 0.25}
prompt: One percent of payments are fraud. A model reports 98.7% accuracy. What is the best comment?
options:
  - {id: baseline, text: Flagging nothing scores 99%, correct: true, why: The all-negative baseline is better.}
  - id: strong
    text: It is strong, few are misjudged
    why: Most of that are easy negatives.
    tag: accuracy-under-imbalance
  - {id: auc, text: It equals the area under the curve, why: That summarizes all thresholds., tag: auc-is-accuracy}
hints: [Count the negatives., Compare with a model that does nothing., Doing nothing is right 99% of the time.]
takeaway: Compare accuracy with the majority baseline.
"""

_LEAF = r"""
id: ml.boosting.leaf-step
version: 1
type: numeric
topics: [ml.boosting]
difficulty: {level: 2}
prompt: >-
  A leaf has gradient sum {g} and Hessian sum {h}, lambda is 2 and the learning rate {r}. By how much does the
  prediction move?
params: {g: [-6, -12], h: [8, 10], r: [0.1, 0.05]}
answer: -g / (h + 2) * r
tolerance: {relative: 0.02}
mistakes:
  - {value: g / (h + 2) * r, claim: The sign is lost., why_wrong: A step goes against the gradient.}
  - {value: -g / h * r, claim: Lambda is left out., why_wrong: Lambda is added to the Hessian sum.}
hints: [Find the leaf value first., It is minus G over H plus lambda., "−({g}) / ({h} + 2), then times {r}."]
working: "−({g}) / ({h} + 2) = {-g / (h + 2)|.3g}; times {r} is {-g / (h + 2) * r|.3g}."
takeaway: The leaf value is −G/(H + λ), scaled by the learning rate.
"""

_PRECISION = r"""
id: eval.classification-metrics.share-of-alerts
version: 1
type: numeric
topics: [eval.classification-metrics]
difficulty: {level: 1}
prompt: Of {flagged} flagged payments {caught} are fraud. What is the precision?
params: {flagged: [150, 200], caught: [60, 30]}
answer: 100 * caught / flagged
tolerance: {absolute: 0.5}
unit: "%"
mistakes:
  - value: 100 - 100 * caught / flagged
    claim: This is the share of false alarms.
    why_wrong: Precision counts the true ones.
hints: [Which of the flagged ones are right?, Divide by all flagged ones., "{caught} / {flagged}"]
working: "{caught} / {flagged} = {100 * caught / flagged|.3g}%"
takeaway: Precision is the share of alerts that are right.
"""


def _free_text(text: str) -> FreeText:
    question = load_text(text)[0].question
    assert isinstance(question, FreeText)
    return question


def _numeric(text: str) -> Numeric:
    question = load_text(text)[0].question
    assert isinstance(question, Numeric)
    return question


def _choice(text: str) -> MultipleChoice:
    question = load_text(text)[0].question
    assert isinstance(question, MultipleChoice)
    return question


PENALTIES = _free_text(_PENALTIES)
MODES = _free_text(_MODES)
ALERTS = _choice(_ALERTS)
LEAF = _numeric(_LEAF)
PRECISION = _numeric(_PRECISION)
