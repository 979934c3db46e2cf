"""The words of the field and of English that the matching knows. Data only; `normalise` reads it.

Each line of `SYNONYMS` starts with the name that stands for all the others of its line. Names may have several
words; they are compared by stem, so one form of each word is enough. A line joins only what means the same in
an answer about machine learning: a synonym too many makes a wrong answer look right.
"""

from __future__ import annotations


def words(text: str) -> frozenset[str]:
    """The words of a table."""
    return frozenset(text.split())


SYNONYMS = """
l1: lasso, l1 norm, l1 penalty, l1 regularization, absolute penalty, l1 loss penalty, l1 regularizer
l2: ridge, l2 norm, l2 penalty, l2 regularization, squared penalty, ridge regression, l2 regularizer, tikhonov
stdev: standard deviation, std, std dev, stddev, sigma
variance: sigma^2, sigma squared, var
lr: learning rate, step size, stepsize, eta
nn: neural network, neural net, neural nets, ann, dnn, deep network, deep net
cnn: convolutional neural network, convolutional network, convnet, conv net
rnn: recurrent neural network, recurrent network
conv: convolution, convolutional
rf: random forest
gbm: gradient boosting machine, gradient boosted decision trees, gradient boosting, gbdt, gradient boosted tree
svm: support vector machine
knn: k nn, k nearest neighbor, k nearest neighbors, nearest neighbor
pca: principal component analysis
svd: singular value decomposition
sgd: stochastic gradient descent
gd: gradient descent
lm: language model
llm: large language model
batchnorm: batch normalization, batch norm, bn
layernorm: layer normalization, layer norm, ln
groupnorm: group normalization, group norm, gn
overfit: over fit, overfitting, overtrain, memorize the training data, memorizes the training set, memorize
underfit: under fit, underfitting
minibatch: mini batch, minibatches
hyperparameter: hyper parameter, hyperparam, hyper param, tuning parameter
dataset: data set
baseline: base line
timestep: time step
pretrain: pre train, pretraining
finetune: fine tune, fine tuning
backprop: back propagation, backpropagation, back prop, backward pass, backpropagate
crossentropy: cross entropy, log loss, logloss, logistic loss, negative log likelihood, nll
mse: mean squared error, mean square error, squared error loss, squared loss
mae: mean absolute error
rmse: root mean squared error, root mean square error
auc: area under the curve, auroc, roc auc, area under the roc curve
prauc: area under the precision recall curve, pr auc, average precision, auprc
roc: receiver operating characteristic
tp: true positive
fp: false positive, false alarm, type i error, type 1 error
tn: true negative
fn: false negative, type ii error, type 2 error
tpr: true positive rate, sensitivity, recall
fpr: false positive rate
iid: independent and identically distributed, independent identically distributed
kl: kullback leibler, kl divergence, kullback leibler divergence, relative entropy
mle: maximum likelihood, maximum likelihood estimate, maximum likelihood estimation
map: maximum a posteriori
em: expectation maximization
cv: cross validation, crossvalidation, k fold, kfold
validation: held out, holdout, hold out, dev set, validation set, validation data, held out data, held out set
ci: confidence interval
pvalue: p value
abtest: a b test, ab test, split test, ab testing, a b testing
ctr: click through rate, clickthrough rate
qkv: query key value
idf: inverse document frequency
tfidf: tf idf
ood: out of distribution
eval: evaluation, evaluate
linear: linearly
logarithmic: log n, log time, o log n
nlogn: n log n, o n log n, linearithmic
quadratic: n^2, o n^2, n squared, order n squared, quadratically
constanttime: o 1, constant time
lineartime: o n, linear time
weight: coefficient, coef, weights, coeff
penalty: penalize, penalization, penalise
parameter: param, params
gradient: grad, grads
activation: activations
feature: predictor, covariate, input variable, explanatory variable, independent variable
target: label, outcome variable, response variable, dependent variable, ground truth
observation: example, sample, row, data point, datapoint, instance
prediction: predict, predicted, forecast
categorical: category, categories
sparse: sparsity, sparsely
zero: 0, zeros, zeroes
one: 1
two: 2
three: 3
half: halve, halved, halving, halves
twice: double, doubled, doubling, two times
mean: average, averaged, averaging, expected value
estimate: estimation, estimator
noise: noisy, noisier
unstable: instability, unstably
converge: convergence
diverge: divergence, blow up, explode, exploding
vanish: vanishing
saturate: saturation
generalize: generalization
leak: leakage
normalize: normalization, normalized
standardize: standardization, standardized, z score
correlate: correlation, collinear, collinearity
depend: dependent, dependence, dependency
independent: independence, independently
random: randomness, randomly, stochastic
sequential: sequentially, one after another, one after the other, one by one, one at a time, in sequence
shuffle: permute, permutation
train: training, trained, fit on
inference: test time, prediction time, serving, serve, scoring time, at test, in production, deployment
imbalance: imbalanced, unbalanced, skewed classes, class imbalance
expensive: costly
cheap: inexpensive
fast: quick, quickly, faster, speed, speedup, rapid, rapidly
slow: slowly, slower
small: tiny, little, smaller, small scale
large: big, huge, bigger, larger, large scale
shallow: depth limited, limited depth, low depth
important: importance, matter
compute: calculate, calculation, computation, computing
use: utilize, employ, using, apply
choose: select, pick, selection, choice
remove: drop, discard, delete, eliminate, get rid of
add: append, sum up, sum
combine: merge, aggregate, ensemble
split: partition, divide
stop: halt, terminate
improve: better, improvement, get better
worse: worsen, degrade, hurt, harm, suffer, deteriorate
increase: raise, grow, rise, go up, higher, more, greater, gain, boost up, bump up, scale up
decrease: reduce, lower, shrink, fall, go down, less, fewer, decline, diminish, scale down, shrinkage, reduction
low: poor
need: require, must, have to, has to, should
likely: probably, likelihood of
wrong: incorrect, incorrectly, wrongly, mistaken
error: mistake, errors
cause: lead to, leads to, result in, results in
same: identical, equal, equally
different: differ, difference, differently
change: modify, alter
each: every
unseen: new data, unseen data, fresh data
drift: distribution shift, data drift, dataset shift
stale: outdated, out of date
regularize: regularization, regularizer, regularized
lambda: regularization strength, penalty strength, regularization parameter, regularization coefficient
dropout: drop out
early stopping: stop early, early stop, stopping early
attend: attention
embed: embedding
"""

IRREGULAR = {
    "goes": "go", "went": "go", "gone": "go", "rose": "rise", "risen": "rise", "fell": "fall", "fallen": "fall",
    "grew": "grow", "grown": "grow", "shrank": "shrink", "shrunk": "shrink", "chose": "choose", "chosen": "choose",
    "forgot": "forget", "forgotten": "forget", "fitted": "fit", "kept": "keep", "held": "hold", "built": "build",
    "lost": "lose", "taken": "take", "took": "take", "given": "give", "gave": "give", "seen": "see", "saw": "see",
    "written": "write", "wrote": "write", "sent": "send", "froze": "freeze", "frozen": "freeze", "taught": "teach",
    "caught": "catch", "drawn": "draw", "drew": "draw", "known": "know", "knew": "know", "worst": "worse",
    "means": "mean", "indices": "index", "matrices": "matrix", "axes": "axis", "vertices": "vertex",
}  # fmt: skip
"""Forms that stemming does not bring together."""

OPPOSITES = """
increase decrease
large small
high low
fast slow
improve worse
overfit underfit
before after
first last
expensive cheap
deep shallow
linear nonlinear
convex nonconvex
biased unbiased
stable unstable
dense sparse
same different
above below
global local
maximize minimize
maximum minimum
numerator denominator
always never
converge diverge
add remove
wide narrow
long short
independent depend
row column
train inference
false true
input output
upper lower
strong weak
positive negative
simple complex
numerical categorical
seen unseen
supervised unsupervised
parallel sequential
precision tpr
fp fn
tp tn
discrete continuous
left right
early late
cold hot
online offline
parametric nonparametric
"""
"""Pairs of words that turn a statement round when one stands for the other."""

AXES = """
increase more upward widen enlarge amplify exceed stronger up | decrease less fewer shrink weaker downward drop down
most best highest largest maximum max top maximize | least worst lowest smallest minimum min bottom minimize
many several multiple numerous | few one single
all every each entire whole any everything both | none no nothing some part
always | never rarely seldom
wide broad | narrow tight
near close nearest closer | far farther farthest distant apart
fixed constant same unchanged stay equally alike | proportional vary change different differ separate
keep retain leave | remove drop discard throw delete lose exclude
first | last second
before earlier prior past beforehand previous ahead | after later afterwards future following
inside within | outside
inner | left outer
train training fitted seen memorize | validation test unseen held-out fresh
easy simple | hard difficult complex
finite bounded | infinite unbounded
honest fair unbiased trustworthy reliable | biased optimistic rosy flattering inflated unreliable misleading
optimistic | pessimistic
sum add plus | multiply product subtract minus
multiply times | divide division
together jointly group shared | alone separately individually independently own
exponential exponentially quadratic quadratically | linear linearly constant
known | unknown
old stale | new fresh recent
continue | stop
hand manually | automatically automatic
safe harmless fine | dangerous harmful risky
need necessary essential important relevant useful worth | unnecessary useless irrelevant unimportant pointless waste
true real genuine | false fake
good right correct | bad wrong
better improve help gain benefit | worse hurt harm degrade
strong heavy | weak light
deep | shallow
dense | sparse
long | short
big large high huge great | small low tiny little
fast quick | slow
cheap free | expensive costly
over above | under below
sensitive | robust
stable | unstable
noisy noise | clean
independent uncorrelated | dependent correlated
nonlinear | linear
row | column
mean average | median
variance | bias
mse squared | mae absolute
l1 | l2
precision | recall
numerator | denominator
positive | negative
fp | fn
input | output
local | global
online live | offline batch
common frequent often usually | rare rarely uncommon
random randomly | time chronological date
zero | one
enough sufficient suffices | insufficient too
possible can could | impossible cannot
exact exactly precise | approximate roughly
certain sure | uncertain unsure
early | late
cause | effect result
with including | without excluding
forward | backward
encoder | decoder
parallel | sequential
open | closed
present available | absent missing
allow | prevent forbid
detect catch find notice see | miss overlook hide
underestimate | overestimate
overfit | underfit
converge | diverge explode
vanish | explode
hot | cold
inflate | deflate
double twice | half
"""
"""Ends of axes: words that stand for one end, and those for the other. A statement turns round where they change."""

TURNING = words("""
all any both every each none only just more most few fewer less many much before after above below over under up down
into from to out off on with without than until unless if when while not no never nothing neither nor cannot same other
another own too enough even still already again instead rather
""")  # fmt: skip
"""Words of no meaning of their own that turn a statement round."""

STOP_WORDS = words("""
a an the this that these those it its itself they them their theirs he she his her him we us our ours you your i me
my mine one's who whom whose which what where how why there here
is are was were be been being am do does did doing done has have had having will would shall can could may might
of in on at by for from to into onto with within as than about across over through between among per via out off
and or but nor so yet if then else when while whereas because since although though however therefore thus hence
also too just only even very much quite rather really actually basically simply already still again now
some any all both either such own other another most more many few several lot lots
get gets got make makes made let lets say says said mean means think know like well okay ok yes yeah please thanks
e.g i.e etc vs ie eg
's 're 've 'll 'd 'm
thing things something anything stuff way ways kind sort
would could might up down
""")  # fmt: skip

GENERIC = words("""
model data use value result work good number need set method way approach time give take case problem example show look
happen help find try know different same change system part point call go come become important good bad actual
usually often compute choose cause keep learn train new each tend term
""")  # fmt: skip
"""Words of so little meaning of their own that they count half (compared by stem)."""

FUNCTION_WORDS = words("""
the a an of to in is are and it that this for on with as at by from be was were or not if then when while because so
but which we you i they he she its their our your has have had do does did can could will would should may might
than into there here what how why where who also only more most less each every all any some no does
between after before about over under both same such just use using used get gets make makes
""")  # fmt: skip
"""English words by which a text is known to be English prose."""

FINITE_VERBS = words("""
is are was were be has have had does do did can could will would should may might must need needs
use uses used get gets make makes give gives gave take takes mean means learn learns depend depends add adds reduce
reduces increase increases decrease decreases fit fits overfit overfits underfit underfits lower lowers raise raises
shrink shrinks grow grows become becomes compute computes predict predicts split splits update updates train trains
normalize normalizes penalize penalizes scale scales keep keeps measure measures stop stops help helps cause causes
work works go goes run runs choose chooses pick picks let lets start starts try tries want wants call calls show shows
set sets put puts move moves turn turns happen happens come comes see sees know knows think say says check checks
drop drops remove removes minimize minimizes maximize maximizes multiply multiplies average averages sum sums
fail fails hurt hurts store stores read reads write writes return returns leak leaks change changes compare compares
assume assumes ignore ignores treat treats require requires allow allows prevent prevents avoid avoids force forces
isn't aren't wasn't doesn't don't didn't can't won't it's that's there's they're you're we're i'd i'm i'll you'd
""")  # fmt: skip

OTHER_LANGUAGES = words("""
der die das und ist nicht mit ein eine einen dem den für auf von zu sich werden wird auch bei durch oder aber wenn
le la les des est une un et pas dans pour que qui sur avec sont du au aux par plus cette ce ces mais
el los las una y es en para con por no del se que su como pero sus
il lo gli di che è per non con sono della del nel una più anche
o os as um uma e é em para com não por mais dos das na no se
de het een en van niet met voor zijn wordt
""") - FUNCTION_WORDS - words("no as o e se on e in y de en")  # fmt: skip

BRITISH_KEEP = words("""
otherwise noise precise exercise wise likewise promise compromise premise concise expertise advise revise supervise
surprise arise comprise disguise enterprise franchise improvise paradise devise excise praise cruise raise rise
clockwise pairwise stepwise stagewise pointwise elementwise stage-wise piecewise treatise demise merchandise
advertise noised poised raised rising raising arising raises rises promised revised supervised advised unsupervised
exercised denoise denoised denoising noises premises promises surprised surprising devised comprised comprises
supervising revising exercises precisely listwise coordinatewise
""")  # fmt: skip

BRITISH_WORDS = {
    "behaviour": "behavior", "colour": "color", "favour": "favor", "labour": "labor", "neighbour": "neighbor",
    "honour": "honor", "centre": "center", "centred": "centered", "metre": "meter", "labelled": "labeled",
    "labelling": "labeling", "unlabelled": "unlabeled", "modelled": "modeled", "modelling": "modeling",
    "cancelled": "canceled", "cancelling": "canceling", "travelled": "traveled", "signalled": "signaled",
    "catalogue": "catalog", "programme": "program", "grey": "gray", "artefact": "artifact", "learnt": "learned",
    "judgement": "judgment", "defence": "defense", "licence": "license", "fulfil": "fulfill", "ageing": "aging",
    "analyse": "analyze", "analysed": "analyzed", "analysing": "analyzing", "analyses": "analyzes",
    "catalyse": "catalyze", "whilst": "while", "amongst": "among", "towards": "toward", "cheque": "check",
    "mislabelled": "mislabeled", "channelled": "channeled", "tunnelling": "tunneling",
}  # fmt: skip

GREEK = {
    "α": "alpha", "β": "beta", "γ": "gamma", "δ": "delta", "ε": "epsilon", "ϵ": "epsilon", "ζ": "zeta", "η": "eta",
    "θ": "theta", "ι": "iota", "κ": "kappa", "λ": "lambda", "μ": "mu", "µ": "mu", "ν": "nu", "ξ": "xi", "π": "pi",
    "ρ": "rho", "σ": "sigma", "ς": "sigma", "τ": "tau", "φ": "phi", "ϕ": "phi", "χ": "chi", "ψ": "psi",
    "ω": "omega", "Σ": "sum", "∑": "sum", "∏": "prod", "√": "sqrt", "∞": "infinity", "∂": "d", "∇": "gradient",
}  # fmt: skip

SIGNS = {
    "’": "'", "‘": "'", "ʼ": "'", "´": "'", "“": '"', "”": '"', "„": '"', "«": '"', "»": '"',
    "−": "-", "‐": "-", "‑": "-", "‒": "-", "–": "-", "⁃": "-", "×": "*", "·": "*", "∗": "*", "⋅": "*", "÷": "/",
    "≤": "<=", "≥": ">=", "≠": "!=", "≈": "~", "∼": "~", "→": "->", "⇒": "=>", "←": "<-", "…": "...",
    "⁄": "/", "∕": "/", "∈": " in ",
}  # fmt: skip
"""Signs that people's keyboards and phones put for plain ones."""
