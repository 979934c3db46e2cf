"""The wording by which the parts of a behavioral story are recognised, as data.

A `Cue` is a named group of wordings. Patterns are matched against folded text (lower case, straight apostrophes), so
they are written in lower case; gaps are bounded, so matching stays linear. What a cue says about a sentence's part
is learned from labelled stories (`weights/star.json`).
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from questions.model import Part

S, T, A, R, L = Part.SITUATION, Part.TASK, Part.ACTION, Part.RESULT, Part.LEARNING
O = None  # noqa: E741 - the label "none of the five", as the literature writes it
Label = Part | None
LABELS: tuple[Label, ...] = (S, T, A, R, L, O)


@dataclass(frozen=True)
class Cue:
    name: str
    pattern: re.Pattern[str]


def words(text: str) -> frozenset[str]:
    """The words of a list written as text."""
    return frozenset(text.split())


def _pattern(*wordings: str) -> re.Pattern[str]:
    return re.compile(rf"(?<!\w)(?:{'|'.join(wordings)})(?!\w)")


def _cue(name: str, *wordings: str) -> Cue:
    return Cue(name, _pattern(*wordings))


_DETERMINER = r"(?:the|our|my|his|her|their|this|that|these|those|an?|all|both|every|each|most)"
_PERSON = (
    r"(?:he|she|they|everyone|everybody|nobody|people|management|leadership|"
    r"(?:the|my|our|his|her|their|a|another|some|one|two) (?:\w+ ){0,2}?(?:team|teams|manager|lead|leads|boss|pm|"
    r"po|cto|ceo|"
    r"vp|director|head|client|customer|customers|users|user|owner|stakeholders?|colleagues?|mentor|supervisor|"
    r"professor|teacher|advisor|engineers?|analysts?|designers?|doctors?|nurses?|group|company|squad|partner|founder|"
    r"developers?|reviewers?|committee|department|sponsor|operators?|newcomer|intern|juniors?|seniors?|people|others))"
)
_TIME_UNIT = (
    r"(?:seconds?|minutes?|hours?|days?|nights?|weeks?|weekends?|months?|quarters?|sprints?|semesters?|terms?|years?)"
)
_COUNT = r"(?:an?|one|two|three|four|five|six|seven|eight|nine|ten|twelve|\d+|a few|a couple of|some|several|many)"
_CHANGE_PAST = (
    r"(?:dropped|fell|rose|climbed|grew|shrank|halved|doubled|tripled|quadrupled|jumped|plunged|recovered|"
    r"stabili[sz]ed|improved|increased|decreased|declined|(?:went|gone) (?:up|down|back|from|to)|(?:came|"
    r"come) (?:down|back|out)|fallen|risen|grown|reached|"
    r"sank|slid|settled)"
)
_OUTCOME_VERB = (
    r"(?:reduc|decreas|increas|improv|lower|rais|boost|sav|lift|shorten|speed(?:ed)? up|sped up|"
    r"accelerat)(?:ed|es|ing|e|s)?"
)

CUES: tuple[Cue, ...] = (
    # ------------------------------------------------------------------ situation
    _cue(
        "when-where",
        rf"(?:last|this past|the past|the previous) (?:year|spring|summer|autumn|fall|winter|month|quarter|"
        rf"semester|week|{_TIME_UNIT})",
        r"(?:in|around|by|since|until|before|during) (?:early |late |mid-?|the \w+ of )?(?:19|20)\d\d",
        r"spent (?:\w+ ){1,2}(?:years?|months?) (?:as|at|in|with)",
        r"^before,? (?:i|we|they|the|that|every|my)",
        r"i hold an?",
        r"at (?:my|our) \w+",
        r"for (?:my|our) (?:\w+ )?(?:thesis|masters?|bachelor|class|course)",
        r"in (?:january|february|march|april|may|june|july|august|september|october|november|december)",
        r"(?:spring|summer|autumn|fall|winter|january|february|march|april|may|june|july|august|september|"
        r"october|november|december)(?: of)? (?:19|20)\d\d",
        r"during (?:my|the|our|an?|its|last) (?:\w+ ){0,3}(?:internship|project|job|role|time|year|semester|"
        r"course|thesis|phd|masters?|"
        r"degree|studies|hackathon|on-?call|incident|pandemic|migration|sprint|quarter|review|launch|sale|season|"
        r"capstone|placement)",
        r"(?:at|in|for) (?:my|our) (?:\w+ ){0,2}(?:company|job|internship|start-?up|employer|university|"
        r"workplace|firm|role|team|"
        r"agency|lab|bank|hospital|school|faculty|course|degree|thesis|capstone|masters?|phd|studies|group|"
        r"department|year|semester|project)",
        r"at (?:a|an) (?:\w+[ -]){0,3}(?:company|start-?up|bank|firm|agency|retailer|hospital|marketplace|lab|"
        r"university|bootcamp|shop|insurer|plant|site|"
        r"airline|chain|group|team|station|clinic|studio|factory|farm|operator|publisher|broker|service|platform|"
        r"school|magazine|newspaper|provider|maker|fund|office|unit|ngo|charity|consultancy|warehouse|portal|"
        r"utility)",
        r"when i (?:was|worked|joined|interned|started|studied|led|first|had just)",
        r"when (?:i|we) (?:were|had|started|launched|moved|worked|took over|became|got|came|led|ran|first)",
        r"where i (?:work|worked|am|was|interned|started)",
        r"^(?:\w+ )?(?:spring|summer|autumn|fall|winter) (?:term|semester)",
        r"(?:\d(?:st|nd|rd|th)|first|second|third|final|last) (?:year|semester|term) (?:of|at|in)",
        r"q[1-4],? (?:19|20)?\d\d",
        r"since (?:\w+ ){1,2}years",
        rf"{_COUNT} (?:years?|months?|weeks?) ago",
        r"back (?:in|when|then)",
        r"while (?:i was|we were|working|studying|interning)",
        r"(?:a|one) (?:monday|tuesday|wednesday|thursday|friday) (?:morning|evening|afternoon|night)",
        r"one day",
        r"at that time",
        r"at the time",
        r"in those days",
        r"previous (?:job|company|role|employer)",
    ),
    _cue(
        "setting",
        r"(?:we|they|i) (?:were|was|had been|am|are) (?:\w+ly )?(?:building|working|planning|running|using|"
        r"preparing|launching|migrating|"
        r"training|maintaining|developing|making|serving|moving|shipping|supposed|trying|doing|competing|writing)",
        r"(?:we|they|i) had (?:an?|the|two|three|just|been|only|no|about|around|many|some|to work|five|four)",
        r"(?:the|our|my|a) (?:\w+ ){0,2}(?:team|company|project|product|group|start-?up|client|customer|squad|"
        r"department|bank|shop|hospital) "
        r"(?:was|were|had|planned|used|ran|made|sold|sells|builds?|built|owned|owns|consisted|wanted|wants|relied)",
        r"there (?:was|were|had been|is|are)",
        r"i (?:worked|joined|interned|studied|was (?:an?|part|on|working|new|interning|doing|in|"
        r"the (?:\w+ )?(?:intern|junior|student)))",
        r"used to (?:be|run|take|have|do)",
        r"about to (?:ship|launch|release|go|start|sign|publish|present|deploy)",
        rf"{_COUNT} (?:days?|weeks?|hours?|months?) (?:before|until|to go)",
        r"(?:consisted of|based on a)",
        r"of (?:four|five|six|three|two|\d+) (?:people|students|engineers|developers)",
        r"(?:i|we) (?:relied|depended) on",
        r"(?:served|serving|handled|processed) (?:about |around |roughly )?\d",
    ),
    _cue(
        "trouble",
        r"(?:the|our|a|one|big|main|first) (?:problem|issue|trouble|challenge|difficulty|conflict|catch|"
        r"bottleneck) (?:was|is|were)",
        r"kept (?:\w+ing)",
        r"(?:was|were) (?:\w+ly )?(?:failing|broken|slow|late|behind|down|losing|wrong|drifting|degrading|"
        r"unhappy|angry|"
        r"frustrated|complaining|overloaded|stuck|missing|leaving|worried|flaky|blocked|confused|under pressure|"
        r"tired|sceptical|skeptical|against|noisy|delayed|out of date)",
        r"complain(?:ed|ing|ts?)",
        r"(?:nobody|no one|none of us) (?:knew|owned|wanted|had|could|was|trusted|looked|read|understood|noticed)",
        r"(?:started|began) (?:failing|to fail|complaining|to complain|dropping|to drop|crashing|to crash|"
        r"timing out|to drift|returning|giving|sending)",
        r"disagree[ds]?",
        r"argu(?:ed|ing|ment)",
        r"(?:a|the|our|big|had a) (?:\w+ )?(?:fight|dispute|clash|conflict|disagreement|tension|mess|outage|incident)",
        r"(?:lost|losing|cost us|wasted|overwrote|duplicated)",
        r"(?:had a different|different) (?:idea|opinion|view|definition)s?",
        r"waited (?:\w+ )?(?:hours|days|weeks)",
        r"(?:wanted|planned|insisted|pushed|preferred|was going|were going|intended|decided) (?:to|on|"
        r"for) (?:ship|launch|release|use|deploy|go|drop|skip|keep|replace|move|present|publish|switch|add|"
        r"cut)\w*",
        r"(?:broke|crashed|failed|stopped working|timed out|went wrong|went down|collapsed|left the (?:company|"
        r"team)|quit|resigned)",
        r"(?:did not|didn't|could not|couldn't|would not|wouldn't) (?:trust|work|scale|agree|converge|match|fit|"
        r"talk|understand|want|believe|like|have|know|answer)",
        r"(?:too|very|so) (?:slow|late|many|noisy|expensive|long|big)",
        r"(?:took|takes|taking) (?:about |around |almost |over |more than |nearly |up to )?(?:\d+|an?|two|three|"
        r"four|five|six|nine|ten|twelve|many|days|hours) (?:hours?|days?|minutes?|weeks?|seconds?)",
    ),
    # ------------------------------------------------------------------ task
    _cue(
        "my-role",
        r"my (?:\w+ )?(?:job|role|task|tasks|responsibility|responsibilities|part|goal|aim|assignment|mission|"
        r"objective|mandate|duty|brief|deadline|ticket) (?:was|were|is|here|there|in (?:this|that|it|the))",
        r"i (?:was|am|were|had been|got|became|'m) (?:\w+ly )?(?:responsible|accountable|in charge|assigned|"
        r"tasked|expected|supposed|asked|told|given|chosen|"
        r"put in charge|appointed|named|on the hook|on call|on-call|answerable|leading|the (?:\w+ )?(?:owner|"
        r"lead|leader|only|one|person|on-?call|first responder|sole|reviewer|tech lead))",
        r"i'm (?:responsible|accountable|in charge|assigned)",
        r"i was the (?:[\w-]+ ){1,4}(?:on|for|of|who|in|behind|with|that|at|there|there,)",
        r"(?:came|went|handed|passed|given|fell|left|down|assigned|belonged|reported|report) to me",
        r"i (?:inherited|was brought in|was hired (?:to|for)|was given|was put|was meant|agreed to|said i would|"
        r"committed to|managed the|headed|had the last word|signed off|was to|got the (?:task|job|ticket|project|"
        r"order|assignment|request))",
        r"(?:asked|told|begged|invited|wanted|needed) (?:me|us|our team|my team)(?:,| (?:for|to|if|whether|a|an|"
        r"the|by|how|why|as))",
        r"(?:had|carried|with|under|in) my (?:name|hands?|lead|signature)",
        r"(?:someone|somebody) had to",
        r"expected (?:of|from) me",
        r"(?:the|this|that) (?:was|were) my (?:\w+ )?(?:first|model|service|system|call|decision|pipeline|code|"
        r"project)",
        r"(?:was|is) my (?:model|service|system|pipeline|code|project|feature|report|dataset|experiment)",
        r"i (?:owned|own|volunteered|led|was leading|took (?:over|on|ownership|responsibility|charge|it upon))",
        r"(?:was|were|is|became|fell) (?:mine|up to me|on me|to me|my (?:call|responsibility|job|task|decision|"
        r"problem|area|part|role|call to make))",
        r"had the (?:job|task|mandate|order)",
        r"i promised",
        r"i'd (?:have|deliver|get|bring)",
        r"gave (?:to )?me (?:the|this|that|a|an)",
        r"(?:asked|told|assigned|gave|expected|tasked|needed|instructed|trusted|wanted|requested|appointed|made|"
        r"put) me (?:to|with|the|an?|in|as|responsible)",
        r"responsible (?:for|of)",
        r"on my plate",
        r"my (?:\w+ )?(?:responsibility|responsibilities|mandate)",
        r"my (?:\w+ )?thing was",
        r"as (?:the|a) (?:\w+ ){0,3}(?:lead|owner|engineer|intern|analyst|scientist|developer|student|"
        r"leader),? (?:i|my)",
        r"i (?:had|have|needed|ought) to (?:decide|deliver|find|make|choose|get|explain|convince|present|tell|"
        r"learn|finish|fix|build|show|prove|prepare|write|keep|bring|reduce|"
        r"improve|ensure|figure|lead|handle|give|say|ship|help|understand|propose|answer|do|recommend|sign|reach|"
        r"report|train|pick|hand|estimate)",
        r"i was to\b",
        r"what was asked of me",
        r"(?:on|to|for) myself",
        r"(?:landed|ended up|lay|sat) (?:with|on|at) (?:me|my)",
        r"i(?:'m| am) (?:the one who|the only)",
        r"^(?:me:? )?volunteered",
        r"(?:nobody|no one) (?:had )?(?:asked|told) me",
        r"(?:not|n't|never) (?:my (?:job|task|area|responsibility)|written in my|assigned to (?:it|me)|"
        r"in my (?:contract|job))",
        r"no mandate",
        r"i (?:told|said to|asked|promised) (?:\w+ ){1,3}(?:that )?(?:i|i'd|i'll) (?:wanted|would|will|take|do|"
        r"own|fix|could)",
        r"i'd (?:take|do|own|fix) it",
        r"i (?:only |just )?wanted",
        r"the (?:job|task) of",
        r"(?:handed|gave|left|passed) (?:it|this|that|them|the \w+) to me",
        r"on me to",
        r"(?:it was|was|with|left) (?:just|only) me",
        r"i was (?:alone|on my own)",
        r"i'm (?:just |only )?the (?:guy|one|person|girl|engineer)",
        r"the only \w+ (?:person|scientist|engineer|analyst|student|developer)",
        r"my task",
        r"i had (?:until|till|only|one|two|three|four|six|\d+)",
        r"^(?:so )?(?:i )?had to",
        r"(?:so )?i (?:need|have) to",
        r"decided to (?:fix|take|own|do)",
        r"(?:we|i) (?:were|was|are|am) (?:supposed|expected|required|asked|told) to",
        r"took it on",
        r"my (?:\w+ ){1,2}(?:aim|goal|task|job|part|role|mandate|question|promise) (?:was|is)",
        r"(?:it was|this was|that was) (?:on|up to) me",
        r"(?:as|being) (?:the )?(?:only|sole|first) \w+",
        r"the model owner",
        r"(?:was|were) mine",
        r"i (?:signed up|put my hand up|raised my hand|offered) to",
    ),
    _cue("had-to", r"i (?:had|have|needed) to (?!do with)"),
    _cue("mine", r"my|mine|me"),
    _cue(
        "goal",
        r"(?:we|they) (?:needed|wanted)",
        r"the (?:question|point|idea|plan|choice|aim|ask|order|brief) (?:was|is|were)",
        r"(?:\w+ ){0,2}deadlines?",
        r"due (?:on|in|by|to the|at|next|that)",
        r"(?:we|i) had (?:only |just |about |exactly )?(?:one|two|three|four|five|six|eight|ten|\d+|"
        r"a few) (?:days?|weeks?|hours?|months?|sprints?|quarters?|evenings?)(?: to| left| until| before| for)?",
        r"(?:client|customer|boss|manager|lead|director|pm|ceo|cto|vp|head|coordinator|professor|team|clinic|"
        r"bank|court|chef|foreman|owner|board) (?:\w+ )?(?:asked|wanted|needed|expected|demanded) (?:for|a|an|it|"
        r"the|something|numbers|us|an answer|one|to know)",
        r"(?:the|our|my|his|her|their) (?:\w+ )?(?:goal|target|aim|objective|deadline|requirement|ask|task|"
        r"mission|assignment|brief|question|plan|commitment) (?:was|were|is)",
        r"(?:we|the team|it|they|somebody|someone|everything) (?:had|needed|have|has) to (?!do with)",
        r"success (?:meant|would|was)",
        r"(?:at stake|the stakes|would have (?:meant|lost|missed|cost))",
        r"if (?:i|we|nobody|no one|it|this|that) (?:did not|didn't|failed|missed|had not|got it wrong|did nothing)",
        r"needed (?:someone|somebody|an? )",
        r"(?:no|zero) (?:extra )?(?:budget|downtime) allowed",
        r"(?:by|before|until|for) (?:the end of|friday|monday|tuesday|wednesday|thursday|the (?:launch|demo|"
        r"release|deadline|sale|conference|board))",
        r"(?:in|within) (?:only |just )?(?:two|three|four|five|six|\d+) (?:days|weeks|hours|months) (?:i|"
        r"we) (?:had|needed)",
        r"to (?:decide|find out|make sure|ensure|deliver) (?:whether|why|how|that|what)",
    ),
    # ------------------------------------------------------------------ action
    _cue(
        "step-order",
        r"(?:first(?:ly)?|second(?:ly)?|third(?:ly)?|(?<!since )(?<!from )then|next|so|after that|afterwards|"
        r"instead|meanwhile|step (?:one|two|three|\d)|later|therefore|that evening|"
        r"the (?:next|same) (?:day|morning|week|evening)),? (?:i|we)",
        r"(?:i|we) (?:first|then|also|next|therefore|started|began|decided|chose|tried|made sure|went)",
        r"(?:started|began) by \w+ing",
        r"what i did(?: \w+)? (?:was|is)",
        r"i went (?:through|straight|back|over|to (?:see|the|my|his|her|each|every|talk)|and)",
        r"i (?:put|took|sat)",
        r"then (?:mail|e-?mail|call|talk|meeting|test|fix|pr|message|note)",
    ),
    _cue(
        "talked",
        r"i (?:\w+ly |then |also |first |even )?(?:said|told|asked|explained|suggested|proposed|argued|showed|"
        r"presented|offered|invited|met|called|wrote|emailed|messaged|pinged|listened|sat|talked|spoke|admitted|"
        r"apologi[sz]ed|replied|answered|raised|shared)",
    ),
    # ------------------------------------------------------------------ result
    _cue(
        "result-frame",
        r"as a (?:result|consequence)",
        r"in the end",
        r"eventually",
        r"ultimately",
        r"at the end(?: of the (?:day|project|semester|quarter|internship))?",
        r"the (?:final |end |overall |main |net )?(?:results?|outcome|impact|effect|upshot|consequence) (?:was|"
        r"were|is|are)",
        r"(?:this|that|it|which|the (?:change|fix|new \w+|work|tool|test|report|model)) (?:led|resulted|saved|"
        r"reduced|cut|improved|increased|brought|gave|allowed|meant|"
        r"worked|prevented|enabled|made it|became|caught|has (?:led|saved|reduced|cut|improved|caught|been|not|"
        r"since|become)|turned out|paid off|unblocked|cost)",
        r"(?:led to|resulted in|ended up|ended with|turned out)",
        r"thanks to (?:this|that|it)",
        r"so far",
        rf"(?:{_COUNT}) {_TIME_UNIT} (?:later|after)",
        r"(?:after|since|at) (?:the )?(?:launch|release|roll-?out|deployment|go-?live)",
        rf"within (?:the|{_COUNT}) (?:next )?(?:\w+ )?{_TIME_UNIT}",
        r"(?:by|for) the next (?:release|launch|quarter|sprint|sale)",
        r"finally,? (?!i )",
        r"without (?:a|an|any|one) (?:single )?(?:incident|failure|complaint|error|outage|page|question|delay|problem|"
        r"alarm)s?",
        r"it (?:paid off|helped)",
        r"(?:it|that|this|all|which) (?:all )?(?:ended|turned out|came out)",
        r"(?:luckily|fortunately|thankfully|sadly|unfortunately)",
        r"the upshot",
        r"in (?:the )?(?:following|next) (?:week|month|quarter|year)s?",
        r"(?:one|two|three|a|six|\d+) (?:years?|months?|weeks?|days?) (?:in|on|later|afterwards?)",
        r"(?:we|i|they) ended up",
        r"(?:to|until) this day",
        r"(?:became|becomes|was|is) (?:now |then |only )?\d",
        r"within (?:a|the|one|two|three|\w+) (?:\w+)",
        r"after that (?:he|she|they|the|nobody|everyone|it|we|there)",
    ),
    _cue(
        "change",
        rf"(?:{_DETERMINER} )?(?!(?:i|we|so|then|and) )[\w@-]+ (?:\w+ )?(?<!i )(?<!we )(?:has |have |had |also |"
        rf"then |only |quickly |slowly )?{_CHANGE_PAST}",
        rf"{_CHANGE_PAST} (?:by|from|to|below|above|under|over)",
        r"(?:up|down) (?:by|from|to) (?:about |around |roughly )?[\d$€£]",
        rf"(?:which |that |this |it )?{_OUTCOME_VERB} (?:\w+ ){{0,5}}(?:by|from|to) (?:about |around |roughly |"
        rf"almost |nearly )?[\d$€£]",
        r"from (?:about |around |roughly |over )?[\d$€£][\w.,%]* ?(?:\w+ ){0,2}(?:down |up )?to (?:about |"
        r"around |roughly |under |below |less than )?[\d$€£]",
        r"(?:got|became|is|was|were|are) (?:\w+ly |much |a lot |far |way |a bit |slightly |even )?(?:faster|"
        r"better|slower|more (?:accurate|stable|reliable|robust)|cheaper|smaller|quicker|happier|cleaner|"
        r"smoother|stable again)",
        r"cut (?:the |our )?(?:\w+ ){1,4}(?:by|from|to|in half)",
        r"saved (?:us|them|the|about|around|roughly|over|[\d$€£]|two|three|several|a lot)",
        r"(?:no|zero|fewer|less) (?:more |further |new )?(?:complaints?|incidents?|outages?|pages|false alarms?|"
        r"alerts?|errors|bugs|failures|regressions?|crashes|tickets|data loss|downtime)",
        r"(?:twice|half|three times|ten times) (?:as|the)",
        r"\d[\d.,]*\S*(?: \w+){0,4} (?:vs\.?|versus|instead of|compared (?:to|with)|against|rather than|"
        r"down from|up from|before|->|→) ~?(?:about )?[\d$€£]",
        r"(?:point \w+ )(?:\w+ ){0,4}instead of",
        r"\d[\d.,]*%? ?(?:->|→|=>) ?\d",
        r"used to .{3,60}(?:these days|now|today)",
        r"(?:finished|placed|came|ranked|ended up) (?:\d+(?:st|nd|rd|th)|first|second|third|fourth|top)",
        r"almost (?:nothing|zero|none)",
        r"(?:\d+|most|all|eight|nine|seven|six|five|four|three) of (?:the )?(?:\w+|\d+) (?:now |then )?(?:used|"
        r"use|uses|adopted|moved|switched|came|signed|agreed|stayed|joined|passed)",
    ),
    _cue(
        "decision",
        rf"(?:{_PERSON}|we) (?:\w+ly |then |all |both |also |still |did )?(?:decided|agreed|accepted|approved|"
        rf"adopted|shipped|launched|released|delayed|postponed|cancell?ed|rejected|signed|rolled|chose|chosen|"
        r"went (?:with|live|ahead)|extended|renewed|hired|delivered|finished|hit|met the|made the deadline|won|"
        r"lost|passed|stayed|dropped the (?:idea|plan|feature)|overruled|kept (?:it|the|using|my)|uses?|used it|"
        r"switched|moved to|stopped|came back|backed|gave (?:up|in)|missed)",
        r"(?:was|were|got|is|has been|have been) (?:\w+ly |then |finally )?(?:accepted|merged|shipped|approved|"
        r"adopted|launched|released|delayed|postponed|cancell?ed|published|rejected|rolled (?:out|back)|"
        r"delivered|extended|solved|resolved|fixed|finished|renewed|awarded|deployed to all)",
        r"(?:went|is|was|were|are|been) (?:all )?(?:live|in production|in use|used by|on time)",
        r"went (?:in)?to production",
        r"(?:launched|shipped|delivered|finished|released|ran|done|ready|held|on track) (?:\w+ ){0,4}(?:on time|"
        r"on schedule|late|early|without|the same|that week|a week later|anyway|as planned|on the)",
        r"still (?:use|uses|in use|used|runs?|running|there|work|works|working)",
        r"(?:is|are) (?:still |now )?(?:used|running|live)",
        r"the (?:launch|release|demo|project|migration|event|sale|deadline|model|feature|paper|"
        r"experiment) (?:\w+ ){0,2}(?:went|was|ran|happened|took place|succeeded|passed|moved|held|slipped|"
        r"shipped|launched|worked|failed|is)",
    ),
    _cue(
        "reaction",
        r"thank(?:ed|s|ful)(?! to)",
        r"(?:was|were|seemed|is|are|very|really) (?:\w+ly |very |really |so |quite )?(?:happy|pleased|satisfied|"
        r"impressed|grateful|relieved|convinced|glad)",
        r"prais(?:ed|e)",
        r"promot(?:ed|ion)",
        r"award(?:ed)?",
        r"(?:i|we) (?:won|got (?:the|a|an|good|very|great|positive) (?:\w+ )?(?:grade|offer|prize|feedback|job|"
        r"mark|bonus))",
        r"ask(?:ed|s) me (?:to|for) (?:\w+ )?(?:lead|review|present|join|run|repeat|give|teach|mentor|help|"
        r"do the|look|every|again|advice)",
        r"(?:work|worked|working|get|got) (?:\w+ ){0,2}(?:well )?(?:together|along)(?: \w+)? ?(?:well|again|now|"
        r"today|since)?",
        r"offered me",
        r"(?:feedback|review|comments?) (?:was|were) (?:very |really )?(?:good|positive|great)",
        r"(?:on|into) good terms",
        r"(?:she|he|they) (?:\w+ )?(?:took|chose|picked|said yes|told the|bought|paid|let|put it|switched|moved|"
        r"asked for|signed|came around|changed (?:his|her|their))",
        r"avoided",
        r"(?:ended|closed|finished|landed|stood) (?:at|with|on|below|above)",
        r"(?:everyone|everybody|all of them|most of them|both) (?:agreed|used|uses|came|signed|was|were|stayed|got)",
        r"gave (?:us|me|it|the \w+) (?:the |a |an )?(?:best|good|highest|top|great|full|thumbs|yes|green|budget|"
        r"approval|\d)",
        r"took (?:\w+ ){1,3}back",
        r"(?:was|were|got|is) (?:\w+ )?(?:annoyed|angry|upset|sad|disappointed|delighted|thrilled|cool|fine|okay|"
        r"ok) (?:at first|for|about|but|then|with|\d)",
        r"(?:unprompted|by themselves|on (?:her|his|their) own)",
        r"got an? (?:[a-f][+-]?|\d[\d.]*)(?: |$|[.,])",
        r"confirmed",
        r"trust(?:s|ed)? (?:me|us|it|the (?:numbers|model|report))",
        r"apologi[sz]ed to me",
    ),
    _cue(
        "vague-outcome",
        r"(?:it|everything|things|that|all|the (?:project|launch|release|demo|presentation|model|meeting|"
        r"migration)) (?:\w+ )?(?:worked|went|turned|came|ended) (?:\w+ )?(?:well|out|fine|great|ok|okay|good|"
        r"smoothly|better|perfectly)",
        r"(?:was|were|is) (?:a |an |very |quite |really )?(?:big |great |huge |real |total )?(?:success(?:ful)?|hit)",
        r"worked (?:in the end|very well|really well|fine|much better)",
        r"successfully",
    ),
    # ------------------------------------------------------------------ learning
    _cue(
        "learned",
        r"(?:i|we) (?:\w+ |also )?(?:learn(?:ed|t)?)",
        r"(?:main |biggest |my |the |important |a |big )?lessons?",
        r"taught (?:me|us)",
        r"take-?aways?",
        r"(?:made|makes) me (?:realise|realize|understand|more|better|think|careful)",
        r"(?:showed|reminded|shows|reminds) (?:me|us) (?:that|how|to|why)",
        r"i (?:realised|realized|understood|understand|realise|realize) (?:now )?(?:that|how|i|later)",
        r"what i (?:took|take|learned|learnt|would)",
        r"(?:i|we) (?:have )?become",
        r"learn(?:ed|t|ing)(?: was| that| from| is|:)",
        r"i (?:now )?(?:know|see) (?:now )?that",
        r"my mistake was",
        r"i am (?:now )?more careful",
        r"for me the point (?:was|is)",
        r"(?:for me )?(?:it|this|that) (?:showed|taught|proved|confirmed)(?: to)?(?: me)? that",
        r"^for me(?: it| the|,|:)",
        r"^lesson",
        r"(?:take|took|keep|kept) (?:\w+ )?from (?:it|this|that)",
        r"(?:biggest|main|one|only|most important) thing (?:i|for me|that i|was|is)",
        r"(?:the|my) (?:whole |main |big )?(?:moral|insight|point)",
        r"i was wrong (?:about|to|that)",
        r"it changed (?:how|the way)",
        r"i underestimated",
        r"i overestimated",
    ),
    _cue(
        "hindsight",
        r"in hindsight",
        r"with hindsight",
        r"looking back",
        r"in retrospect",
        r"next time",
        r"if i (?:did|had|could|were|was) (?:\w+ ){0,4}(?:again|over|today)",
        r"i (?:should|could) (?:\w+ )?have",
        r"i should've",
        r"i would (?:now |still |also |probably |rather )?(?:have|do|start|ask|talk|write|involve|test|check|set|"
        r"begin|call|measure|speak|send|put|plan|keep|insist|push|raise|say|tell|invite|agree|spend|make|try|"
        r"show|run|define|split|share|bring|add|get) (?:[^.;]{0,60} )?(?:earlier|differently|sooner|again|first|"
        r"before|from (?:the )?(?:start|beginning|day one)|next|on day one|at the start|upfront|up front|instead|"
        r"the same|week one)",
        r"i(?:'d| would) (?:now )?(?:do|have done) (?:\w+ ){0,3}(?:differently|earlier|again|the same)",
        r"(?:would|should|could) have (?:\w+ ){1,6}(?:earlier|sooner|first|before|more|better)",
        r"i regret",
        r"(?:do|done) (?:it )?differently",
        r"what i(?:'d| would) (?:change|do)",
        r"i wish (?:i|we) had",
        r"(?:i'd|i would) (?:\w+ ){0,8}(?:sooner|earlier|differently|first|upfront|instead|next time|"
        r"from the (?:start|beginning)|right away|before)",
        r"what i(?:'d| would) (?:do|have done|change|keep)",
        r"(?:for|in|on) (?:the |my )?next (?:project|one|time|job|model|team|role)",
        r"(?:too late|too long|too early),? (?:i|and i|that was)",
        r"(?:should|could) have (?:been|\w+ed|asked|done|said|told|gone|known|seen|spoken|written|begun|started|"
        r"made|come|run|put|built|set)",
    ),
    _cue(
        "since-then",
        r"since then",
        r"(?:from|by) (?:then|now|that (?:day|point|moment)) on(?:wards?)?",
        r"ever since",
        r"these days",
        r"^(?:and |so )?now (?:the first|always|i|we|every)",
        r"what stuck",
        r"(?:first )?thing i (?:now )?do",
        r"(?:worked|did it|helped) again (?:when|in|on|at|with)",
        r"nowadays",
        r"(?:i|we|the team|my team|they|everyone|every \w+) (?:is |are )?now (?!had|was|were|did|know|see)\w+",
        r"today (?:i|we|the team|every)",
        r"(?:i|we|the team|my team|everyone|people|they) (?:now|always|still) (?:\w+ly )?(?!(?:had|was|"
        r"were)\b)(?:always|ask|asks|write|start|do|does|use|check|checks|have|has|run|runs|try|keep|make|put|"
        r"add|think|plan|talk|share|begin|test|define|review|read|send|require|set|look|measure|agree|say|open|"
        r"know|book|refuse|insist|tell|ship|log|include|treat)",
        r"(?:now|today),? (?:i|we|every|all|each|any|whenever|when|before)",
        r"(?:i|we) (?:have |'ve )?(?:used|applied|reused|repeated|done) (?:the same|that|this|"
        r"it) (?:\w+ ){0,6}?(?:again|since|later|in|on|for|twice|with|at|every|when|last|this|next|before|to|"
        r"there)",
        r"\w+ now (?:requires?|asks?|uses?|writes?|checks?|runs?|starts?|has|have|does|do|gets?|keeps?|owns?|"
        r"maintains?|reads?|needs?)",
        r"(?:became|become|is now|are now|it's now|has become) (?:an? |the |our |my |part |standard|mandatory|"
        r"routine|required|\w+ of)",
        r"(?:in|on) (?:my|our|the) next (?:project|job|team|role|launch|internship|model|course|thesis|report)",
        r"(?:every|each|any|all) (?:new |later |following |other )?(?:project|model|launch|release|experiment|"
        r"team|pull request|dataset|incident|intern|report)s? (?:now|since|after|has|have|starts?|gets?|must|"
        r"needs?)",
        r"i (?:always|never) (?!\w+ed\b)(?:again|start|ask|write|check|begin|test|do|make|keep|trust|assume|look|"
        r"say|talk|put|plan|read|agree|measure|launch|ship|run)",
        r"i never (?:again|since)",
        r"(?:i|we) (?!was|were|had|did|said|told|asked)\w+ (?:\w+ ){0,8}(?:now|nowadays|these days|today)(?=$|[,.;])",
        r"did the same",
        r"(?:i|we) (?:\w+ )?(?:check|ask|write|do|test|run|start|read|plot|look|keep|make|set|put|"
        r"use) (?:\w+ ){0,5}(?:now|every time|each time|by default|from day one|on day one|in every|before every|"
        r"before any|before each)",
        r"(?:now|today) (?:in|part of|on) (?:our|my|the|every)",
        r"(?:my|our|the) (?:checklist|template|standard|routine|runbook|default|habit|playbook)s?",
        r"i still (?:do|use|keep|ask|think|write|have)",
        r"(?:at|in) my (?:current|new|next|present) (?:company|job|team|role|place|employer),? (?:i|we)",
    ),
    # ------------------------------------------------------------------ none
    _cue(
        "filler",
        r"(?:that's|that is|this is|thats|it's) an? (?:\w+ )?(?:good|great|interesting|nice|tough|hard|difficult|"
        r"tricky|excellent) (?:question|one)",
        r"thank you(?: \w+)? for (?:asking|the question|your time|listening)",
        r"let me think",
        r"^(?:hmm+|um+|ok(?:ay)?|well|sure|hi|hello|yes|no|right)\W*$",
        r"(?:i )?hope (?:this|that|it) (?:answers?|helps?|makes sense|is)",
        r"does (?:that|this) answer",
        r"that's (?:it|all|my story|about it)",
        r"i (?:will|'ll|can|could|would like to|want to|am going to) (?:tell|talk|share|describe|give you|start with)",
        r"i have (?:many|several|a lot of|a few) (?:examples|stories)",
    ),
    _cue(
        "opinion",
        r"i (?:strongly |really |honestly |personally )?(?:think|believe|feel|guess|consider|"
        r"value) (?:that )?(?:\w+ ){0,3}(?:is|are|it's|should|matters?|always|in)",
        r"(?:is|are) (?:\w+ly |very |really |so |always |the most )?(?:an? )?(?:\w+ly |very |really |"
        r"so )?(?:important|crucial|essential|key)(?: (?:to|for|in|that|when|because|thing|topic|part))?",
        r"(?:you|one|people|everyone|engineers|teams|we all) (?:should|must|need to|have to|can|always)",
        r"i am (?:an?|the kind|very|always|someone|good) (?!intern|junior|student|senior)",
        r"i (?:like|love|enjoy|care|prefer) (?:to|about|it when|when|working)?",
        r"my (?:strength|weakness|approach|philosophy|style|principle)s? (?:is|are)",
        r"i'm (?:a|an|the kind|very|always|someone|good) ",
        r"in (?:general|principle|theory)",
        r"generally(?: speaking)?",
        r"(?:matters?|means a lot) to me",
        r"it depends",
        r"(?:is|are) (?:normal|healthy|natural|part of (?:the|every) (?:job|work|team))",
        r"i have (?:an? )?(?:strong|good|great|high) \w+",
        r"(?:happens|comes up) (?:all the time|often|a lot|everywhere|in every \w+)",
        r"i(?:'m| am) (?:a |an )?(?:\w+ )?(?:team player|perfectionist|person who|believer|fan|leader|learner|"
        r"communicator)",
        r"to be honest",
        r"^(?:usually|mostly|often|normally|typically)",
        r"passionate(?: about)?",
        r"i(?:'ve| have) always (?:been|loved|liked|wanted)",
        r"(?:that's|that is|it's|this is) what (?:makes|distinguishes|matters|counts)",
    ),
    _cue(
        "no-answer",
        r"i (?:really )?(?:don't|do not|can't|cannot|dont) (?:really )?(?:know|remember|recall|think of|"
        r"have (?:an? )?(?:example|answer|idea|story)|understand the question)",
        r"no idea",
        r"not sure(?: what| how)?",
        r"^(?:idk|dunno|pass|skip)\W*$",
        r"nothing comes to mind",
        r"^nothing(?: special| really| else)?\W*$",
        r"i have no (?:idea|example|answer|experience|story|number)",
        r"^(?:not really|no comment|no clue|no)\W*$",
        r"can we skip",
    ),
)

# ---------------------------------------------------------------------- verbs

REGULAR_VERBS = sorted(
    words(
        """
        accept achieve adapt add address adjust admit adopt advise advocate aggregate agree align allocate analyse
        analyze annotate answer apologise apologize apply approach argue arrange ask assemble assess assign audit
        automate back backfill balance batch benchmark block book branch call cancel capture challenge change chart
        check circulate clarify clean close coach code collect combine commit communicate compare compile compute
        conduct configure confirm connect consolidate consult contact containerise containerize convert convince
        coordinate copy correct count crawl create cut de-duplicate debate debug decide deduplicate defend define
        deliver demonstrate deploy derive describe design detect develop diagnose dig disable discuss divide
        document double-check downgrade draft drop dump duplicate edit elect email employ enable encourage enforce
        engage engineer ensure escalate establish estimate evaluate examine exclude execute expand experiment
        explain explore export expose extend extract facilitate filter finalise finalize finish fix flag focus
        follow form format formulate freeze gather generate group guide halt hand handle help host identify ignore
        implement import improve include inspect install instrument integrate interview introduce invent investigate
        invite isolate label launch layer lecture limit list listen load lobby log look lower maintain map mark
        match measure mediate mentor merge message migrate mine mirror mock model moderate modify monitor move
        narrow negotiate normalise normalize note notify offer open optimise optimize order organise organize
        outline oversample package page paginate paint pair parallelise parallelize parametrize parse patch perform
        persuade phone pick pilot ping pivot plan play plot point poll port post practice practise predict prepare
        present print prioritise prioritize probe process produce profile program promise propose protect prototype
        prove provide prune publish pull push question queue raise randomise randomize rank reach rearrange rebase
        recalibrate recommend recompute reconcile record recruit redesign reduce refactor refine reframe refuse
        rehearse reimplement reject relabel release remind remove rename reorganise reorganize repair repeat replace
        replay replicate reply report represent reproduce request resample reschedule research reset resolve respond
        restart restore restructure retrain retry reuse revert review revise reward roll rotate sample save scan
        schedule scope score scrape script search segment select separate serve share ship shorten show sign
        simplify simulate sketch slice solve sort speed split stage standardise standardize start state stay step
        stop store stream streamline stress-test structure study submit suggest summarise summarize support survey
        swap switch tackle talk target test thank time trace track train transcribe transfer transform translate
        trigger trim troubleshoot try tune turn type unblock uncover update upgrade upload use validate vectorise
        vectorize verify version visit visualise visualize volunteer vote wait walk warn watch weigh whiteboard
        widen work wrap
        """
    )
)
IRREGULAR_VERBS: dict[str, tuple[str, ...]] = {
    "begin": ("began", "begun"),
    "break": ("broke", "broken"),
    "bring": ("brought",),
    "build": ("built",),
    "rebuild": ("rebuilt",),
    "buy": ("bought",),
    "choose": ("chose", "chosen"),
    "come": ("came",),
    "cut": ("cut",),
    "dig": ("dug",),
    "do": ("did", "done"),
    "draw": ("drew", "drawn"),
    "drive": ("drove", "driven"),
    "find": ("found",),
    "get": ("got",),
    "give": ("gave", "given"),
    "go": ("went", "gone"),
    "hold": ("held",),
    "keep": ("kept",),
    "lead": ("led",),
    "leave": ("left",),
    "let": ("let",),
    "make": ("made",),
    "meet": ("met",),
    "pay": ("paid",),
    "put": ("put",),
    "read": ("read",),
    "rerun": ("reran", "re-ran"),
    "re-run": ("re-ran", "re-run"),
    "retell": ("retold",),
    "rewrite": ("rewrote", "rewritten"),
    "run": ("ran",),
    "say": ("said",),
    "see": ("saw",),
    "seek": ("sought",),
    "send": ("sent",),
    "set": ("set",),
    "shoot": ("shot",),
    "sit": ("sat",),
    "speak": ("spoke", "spoken"),
    "spend": ("spent",),
    "split": ("split",),
    "stand": ("stood",),
    "take": ("took", "taken"),
    "teach": ("taught",),
    "tell": ("told",),
    "think": ("thought",),
    "throw": ("threw", "thrown"),
    "undo": ("undid",),
    "withdraw": ("withdrew",),
    "write": ("wrote", "written"),
    "redo": ("redid", "redone"),
    "freeze": ("froze", "frozen"),
    "show": ("shown",),
    "stick": ("stuck",),
    "catch": ("caught",),
    "fight": ("fought",),
    "swap": ("swapped",),
    "overrule": ("overruled",),
}
DOUBLING = words(
    "admit branch-trim commit cut debug dig drop flag log map plan plot prune-tag scan ship stop submit swap tag "
    "trim trip wrap slip scrap "
    "step unplug pin ban cap chat chop flip grab hop jot nag pop rip rub skim skip sum tap zip blog"
)
OBSERVING = words("find notice discover see detect uncover spot hear identify observe")
"""Finding something out: part of an action, or of the situation."""
OUTCOME_VERBS = words("reduce improve increase lower shorten speed cut halve double raise")
"""With a number, "I reduced … by 30 %" tells an outcome."""
NOT_A_STEP = words(
    "work join be have end feel want need hope like love believe learn realise realize know live graduate intern "
    "suppose seem think own "
    "try start begin come go end stay wait agree get use see say use manage understand remember"
)
"""Verbs that, alone, are no step of one's own. Some introduce one: "I tried to measure"."""
NO_STEP_PAST = words(
    "wanted needed hoped liked loved believed learned learnt realised realized joined worked interned graduated "
    "lived supposed seemed felt "
    "assumed expected wondered feared worried preferred hated enjoyed disagreed struggled failed missed lacked "
    "received happened succeeded "
    "ended graduated used decided tried started continued managed asked-for noticed discovered owned remembered "
    "tasked assigned involved interested "
    "concerned surprised hired excited scared based allowed forced required impressed relieved convinced "
    "promoted tired confused frustrated "
    "embarrassed annoyed stuck overwhelmed stressed worried motivated supposed overruled shocked ashamed"
)
"""Past forms ending in -ed that are states, wishes or things done to the speaker."""
INTRODUCING = words(
    "decided tried started began managed went ended chose helped had have did was 've 'd proceeded attempted "
    "continued came got "
    "first then also just even finally personally immediately quickly actually next therefore already instead "
    "simply only still later "
    "by to up on out out-loud back myself and both so again together literally basically mostly kind of"
)
"""Words that may stand between the subject and the verb."""
OWN_SUBJECTS = words("i i've i'd me-i")
SHARED_SUBJECTS = words("we we've we'd team")
OTHER_SUBJECTS = words(
    "he she they it you who which that manager lead boss pm client customer colleague this there these those "
    "people everyone nobody someone "
    "management he's she's they're it's"
)
MODALS = words(
    "would could should might will can may must won't can't couldn't wouldn't shouldn't cannot 'll i'll we'll"
)
NEGATIONS = words("not never n't didn't don't haven't hadn't wasn't weren't doesn't didnt dont nor neither without")
STATE_PAST = words("was were had did")

# ---------------------------------------------------------------------- other lexicons

HYPOTHETICAL = _pattern(
    r"(?:i|we) would (?:\w+ly |then |also |first |just |never |not |still |rather |always )*(?!have|had|"
    r"like to (?:tell|talk|share)|say (?:that|i|it)|love|become|be (?:back|in|done|ready|gone))[a-z]+",
    r"(?:normally|typically|generally|usually|ideally),? (?:i|we)(?:'d| would)?",
    r"(?:i|we) would (?:usually|normally|probably|always|typically|generally|definitely|first|then|try|start|"
    r"talk|tell|ask|explain|listen|discuss|say|make|look|go|want|check|"
    r"gather|take|set|use|organi[sz]e|also|be|never|not|escalate|speak|schedule|document|collect|analy[sz]e|find|"
    r"focus|communicate|share|propose|suggest|work|present|show|write|give|handle|stay|keep)",
    r"(?:i|we)'d (?:usually|normally|probably|always|typically|first|then|try|start|talk|tell|ask|explain|listen|"
    r"discuss|say|make|look|go|want|check|gather|take|set|use|also|be|never|escalate|speak|retrain|compare|go|"
    r"sit|write|send|document|propose|offer|raise|involve|find|monitor|compare|measure|share|set|give|schedule|"
    r"collect|suggest|show|pick)",
    r"(?:i|we) (?:usually|normally|generally|typically|tend to|always try|often)(?! (?:had|was|were|"
    r"did)\b)(?! \w+ed\b) \w+",
    r"in general,? (?:i|we|my)",
    r"if (?:i|there|someone|somebody|a \w+) (?:see|sees|is|are|has|notice|disagrees?|have|find)",
    r"if (?:this|that|it|something like this) (?:happens|happened to me|were to happen)",
    r"if i (?:had|have|were|was|am|face|see|disagree) (?:[^.;]{0,60})(?:would|will|'d)",
    r"(?:i|we) will (?:usually|try|talk|always|first|then|make|explain|ask|listen|discuss|never|go)",
    r"hypothetically",
    r"if (?:i|we) (?:found|saw|noticed|got|were|disagreed)",
    r"i can (?:usually|always)",
    r"the way i (?:handle|deal|approach|work)",
    r"my approach (?:is|would)",
    r"(?:you|one) (?:should|would|need to|have to|must)",
    r"in such (?:a )?(?:cases?|situations?),? (?:i|we)",
    r"whenever (?:i|there|someone|this|that)",
    r"it would be (?:important|best|good|better)",
    r"(?:i|we) (?:would|'d) (?:then |also )?\w+ (?:\w+ ){0,8}and (?:then )?(?:\w+ )?would",
)
REPORTED = _pattern(
    r"(?:said|told|promised|agreed|thought|knew|asked|hoped|decided|feared|worried|predicted|meant|so|explained|"
    r"argued|expected|convinced) (?:\w+ ){0,4}(?:that |if |whether |how )?(?:i|we|it|they)(?: would|'d)",
    r"(?:so|such) that (?:i|we|it|they) (?:would|could)",
    r"(?:what|how|which|where|whether|that|if) (?:i|we) would",
)
"""Would and could inside what was said at the time: no hypothesis."""
PAST_MARK = _pattern(
    r"was|were|had|did|didn't|wasn't|weren't|(?<!is )(?<!are )(?<!be )\w{3,}ed",
    r"been|went|came|took|made|got|said|told|found|ran|wrote|built|gave|kept|led|sent|saw|met|brought|chose|fell|"
    r"rose|grew|cut",
)
PRESENT_MARK = _pattern(r"is|are|am|do|does|has|have|'m|'re|now|today|i'm|we're|it's|always")

CONTEMPT = _pattern(
    r"idiots?",
    r"idiotic",
    r"morons?",
    r"clueless",
    r"incompeten\w+",
    r"imbeciles?",
    r"(?:a )?(?:complete|total|real) (?:jerk|joke|loser|clown)",
    r"clowns?",
    r"jerks?",
    r"(?:his|her|their|the team's|the manager's|the pm's|my (?:boss|manager|colleague|lead|coworker)'s|"
    r"management's) (?:own )?(?:fault|stupidity|laziness|incompetence)",
    r"fault of (?:the|my|our) (?:\w+ )?(?:team|manager|boss|pm|colleagues?|lead)",
    r"(?:he|she|they|manager|boss|colleagues?|lead|pm|people|team|guys?|engineers?|management|coworkers?|"
    r"seniors?|juniors?|everyone|others|analysts?|scientists?|developers?) "
    r"(?:is|are|was|were|is just|was just|were just) (?:\w+ly |just |so |too |simply |very |all |"
    r"kind of )?(?:lazy|stupid|dumb|useless|ignorant|arrogant|hopeless|terrible|a joke|unprofessional|childish|"
    r"toxic|worthless)",
    r"(?:lazy|stupid|dumb|useless|ignorant|arrogant|toxic|terrible) (?:manager|boss|colleagues?|lead|pm|people|"
    r"team|guys?|engineers?|management|coworkers?|person)",
    r"(?:had|have|has) (?:absolutely |really )?no (?:idea|clue) (?:what|how) (?:he|she|they|it)",
    r"(?:he|she|they|management|nobody else|the others) (?:just |simply |obviously |clearly )?(?:did not|didn't|"
    r"don't|never|doesn't) (?:care|bother)(?:ed)?",
    r"not my (?:fault|problem)",
    r"too (?:lazy|stupid|dumb) to",
    r"(?:everyone|everybody) else (?:was|were) wrong",
    r"blamed? (?:him|her|them|everything on)",
    r"(?:made|makes) (?:no|zero) sense to anyone with a brain",
)
VAGUE = _pattern(
    r"things?",
    r"stuff",
    r"somehow",
    r"a lot(?: of)?",
    r"lots(?: of)?",
    r"kind of",
    r"sort of",
    r"various",
    r"etc",
    r"and so on",
    r"and so forth",
    r"whatever",
    r"somewhat",
    r"basically",
    r"some(?:thing| kind| sort| point| issues?| problems?| improvements?| changes?| people| analysis)",
    r"several (?:things|issues|improvements|changes|ways)",
    r"many (?:things|issues|improvements|changes|ways|people)",
    r"different (?:things|ways|stuff)",
    r"or something",
    r"more or less",
    r"a bit",
    r"nicely",
    r"really (?:good|well|nice)",
    r"very (?:good|well|nice)",
    r"good (?:results?|job|work)",
    r"went well",
    r"worked out",
    r"as much as possible",
    r"best practices?",
    r"synerg\w+",
    r"leverag(?:ed|ing)",
    r"stakeholder alignment",
    r"value-add",
)
FORMULA_LESSON = _pattern(
    r"learn(?:ed|t) (?:a lot|so much|very much|many things|much|something|lots)(?: \w+ (?:it|this|that|"
    r"the experience))?",
    r"(?:communication|teamwork|collaboration|planning|time management|patience|hard work|team work|quality|"
    r"testing|data) (?:is|are|was) (?:\w+ly |very |really |so |always |the )?(?:key|important|essential|crucial|"
    r"everything|critical)",
    r"(?:importance|value|power) of (?:good |clear |open )?(?:communication|teamwork|collaboration|planning|"
    r"time management|patience|hard work|quality|testing|data)",
    r"(?:great|good|valuable|nice) (?:learning )?experience",
    r"never give up",
    r"to be more (?:patient|careful|proactive|open)",
    r"grew (?:a lot )?as an? (?:person|engineer)",
    r"always (?:do|give|try) (?:my|your) best",
    r"everything (?:is|was) possible",
)
"""A lesson that fits any story."""
APPLIED_LESSON = _pattern(
    r"since then",
    r"ever since",
    r"(?:from|by) (?:then|now|that (?:day|point|moment)) on(?:wards?)?",
    r"(?:i|we|the team|my team|everyone|they) now",
    r"now (?:i|we|every|all|each|the)",
    r"today (?:i|we|every)",
    r"(?:became|become|is now|are now|has become|have become)",
    r"(?:in|on) (?:my|our|the) next (?:\w+)",
    r"(?:i|we) (?:have |'ve )?(?:used|applied|reused|repeated|done) (?:the same|that|this|it)",
    r"every (?:new )?(?:project|model|launch|release|experiment|team|pull request|dataset)",
    r"(?:two|three|four|five|several|\d+) (?:other )?(?:teams|projects|colleagues|models) (?:now |have |since |use)",
)
CONCRETE_OUTCOME = _pattern(
    r"decided",
    r"agreed",
    r"accepted",
    r"approved",
    r"adopted",
    r"shipped",
    r"launched",
    r"released",
    r"delayed",
    r"postponed",
    r"cancell?ed",
    r"rejected",
    r"signed(?: off| the)?",
    r"rolled (?:it |them )?(?:out|back)",
    r"merged",
    r"renewed",
    r"extended",
    r"went live",
    r"in(?:to)? production",
    r"on (?:time|schedule)",
    r"delivered",
    r"published",
    r"hired",
    r"promoted",
    r"thanked",
    r"asked (?:me|us) to",
    r"overruled",
    r"offered me",
    r"work(?:ed|ing)? (?:well )?together",
    r"still (?:use[sd]?|in use|run|runs|work|works|asks?)",
    r"(?:no|zero) (?:more |further |new )?(?:complaints?|incidents?|outages?|pages|false alarms?|errors|bugs|"
    r"failures|regressions?|crashes|tickets|data loss|downtime)",
    r"switched to",
    r"won",
    r"passed",
    r"stopped",
    r"fixed",
    r"solved",
    r"resolved",
    r"finished",
    r"deployed",
    r"came back",
    r"stayed",
    r"missed",
    r"lost",
    r"apologi[sz]ed",
    r"kept (?:it|the|using|my)",
    r"(?:halved|doubled|tripled)",
    r"works? (?:now|again)",
    r"recovered",
    r"the best (?:grade|mark)",
    r"converged",
    r"caught",
    r"trusts?",
    r"uses? (?:it|the)",
    r"used by",
)
"""A decision or a reaction that one could check."""
RELATION_OUTCOME = _pattern(
    r"thank(?:ed|s|ful)",
    r"trust(?:s|ed)?",
    r"together",
    r"asked (?:me|us) (?:to|for)",
    r"(?:was|were) (?:\w+ )?(?:happy|pleased|relieved|grateful|impressed|satisfied)",
    r"good terms",
    r"cost",
    r"price",
    r"at the expense",
    r"paid (?:for|with)",
    r"still (?:work|talk|asks?)",
    r"feedback",
    r"customers?|users?",
)
"""An outcome for people, or its cost: what the highest anchor asks for besides the measure."""
IMPROVEMENT = _pattern(
    r"(?:got|became|was|were|is|are|run|ran|runs|works?|worked|performed|performs|made (?:it|the \w+|things|"
    r"everything|training|inference)) (?:\w+ly |much |a lot |far |way |a bit |slightly |even |so )?(?:faster|"
    r"better|quicker|cheaper|smaller|shorter|cleaner|smoother|more (?:accurate|stable|reliable|robust|efficient)|"
    r"less (?:noisy|expensive))",
    r"improved|increased|decreased|reduced|dropped|fell|rose|grew|shrank|went (?:up|down)|sped up|speeded up|"
    r"saved (?:us |them |the \w+ )?(?:time|money|hours|days|a lot|costs?|effort|work)|lowered|boosted|recovered",
    r"(?:improvement|increase|decrease|reduction|drop|gain|speed-?up) (?:in|of|was)",
    r"much (?:faster|better|cheaper)",
    r"(?:fewer|less) (?:errors|bugs|complaints|incidents|alerts|pages|mistakes|failures|time|memory)",
)
HEADLINE = _pattern(
    r"in short",
    r"tl;?dr",
    r"in one (?:sentence|line)",
    r"headline",
    r"to summari[sz]e",
    r"in a nutshell",
    r"this is (?:a |the )?(?:story|example)",
    r"the story (?:is|of)",
    r"short version",
    r"i once",
    r"the time (?:i|when|we)",
    r"a time (?:i|when|we)",
    r"briefly",
)
INSTRUCTION = _pattern(
    r"(?:ignore|disregard|forget|override) (?:\w+ ){0,4}(?:instructions?|rules?|prompt|rubric|guidelines|the above)",
    r"(?:give|award|assign|grant) (?:me|this|it|the (?:answer|candidate))(?: \w+){0,3} (?:full|maximum|max|top|"
    r"highest|perfect|best|4|100)(?: \w+)? ?(?:marks?|scores?|points?|band|grade|credit)?",
    r"(?:full|maximum|max|perfect) (?:marks|score|credit|points)",
    r"you are (?:now |an? )+(?:\w+ )?(?:grader|ai|assistant|language model|evaluator|chatbot)",
    r"system (?:prompt|message|override)",
    r"as an ai",
    r"(?:dear|hey|attention|note to(?: the)?) (?:grader|ai|evaluator|bot)",
    r"(?:mark|grade|score|rate) (?:this|me|my answer|it) (?:as )?(?:correct|perfect|strong|4|100|full|a|10)",
    r"all (?:five )?parts (?:are|of star are) (?:present|there|complete)",
    r"output (?:band|score|grade)",
    r"(?:set|return) (?:the )?(?:score|band|grade)",
)
DONT_KNOW = _pattern(
    r"(?:i )?(?:really |honestly |just )?(?:don't|do not|dont|cannot|can't|cant|couldn't) (?:really |"
    r"honestly )?(?:know|remember|recall|think of (?:any(?:thing)?|one|an example|a time)|answer)",
    r"(?:i )?have no (?:idea|clue|example|such (?:example|story|experience)|experience)",
    r"no (?:idea|clue|example|answer|comment)",
    r"idk",
    r"dunno",
    r"not sure",
    r"nothing comes to mind",
    r"never (?:had|happened to me|experienced)(?: \w+){0,4}",
)
REFUSAL = words("no nope none nothing pass skip next n/a na idk dunno please question sorry the it this")
"""An answer of these words alone tells nothing."""
TOOLS = words(
    "python pytorch tensorflow sklearn scikit-learn xgboost lightgbm catboost pandas numpy spark airflow kafka "
    "docker kubernetes k8s sql bigquery snowflake dbt redis "
    "postgres postgresql mysql aws gcp azure sagemaker mlflow wandb grafana prometheus datadog jenkins github "
    "gitlab jira slack huggingface bert gpt llama faiss bm25 "
    "elasticsearch keras jax onnx triton ray dask tableau looker excel matlab r c++ java rust golang fastapi "
    "flask pytest hadoop hive shap lime resnet yolo unet "
    "u-net lstm transformer auc f1 rmse mape ndcg p95 p99 rocauc recall precision confluence notion"
)
DATES = _pattern(
    r"(?:19|20)\d\d",
    r"january|february|april|june|july|august|september|october|november|december|in (?:march|may)",
    r"q[1-4]",
    r"monday|tuesday|wednesday|thursday|friday|saturday|sunday",
    r"last (?:year|month|week|spring|summer|autumn|fall|winter|quarter|semester)",
    r"(?:two|three|four|five|six|\d+) (?:days|weeks|months|years|hours) (?:before|ago|later|after|earlier)",
    r"(?:first|second|third|final|last) (?:year|week|month|day|quarter|semester|sprint)",
)

_DIGITS = r"\d+(?:[.,]\d+)*"
_MONTHS = "january|february|march|april|may|june|july|august|september|october|november|december"
_UNITS = (
    r"%|percent(?:age points?)?|per cent|pct|pp|points?|x|times|ms|milliseconds?|s|sec|seconds?|min|mins|"
    r"minutes?|h|hrs?|hours?|days?|weeks?|months?|quarters?|"
    r"k|m|gb|mb|tb|kb|users?|customers?|people|requests?|rows|records|samples|images|euros?|dollars?|usd|eur|"
    r"bugs|errors|tickets|complaints|incidents|tests|models|teams|"
    r"engineers|percent|cases|labels|stores|pages|alerts|examples|documents|features|queries|calls|orders|"
    r"students|colleagues|services"
)
_WORD_NUMBER = (
    r"(?:two|three|four|five|six|seven|eight|nine|ten|eleven|twelve|thirteen|fourteen|fifteen|sixteen|seventeen|"
    r"eighteen|nineteen|"
    r"(?:twenty|thirty|forty|fifty|sixty|seventy|eighty|ninety)(?:[- ](?:one|two|three|four|five|six|seven|eight|"
    r"nine))?|(?:a |one |two |three |several )?(?:hundred|thousand|million)s?)"
)
_SMALL_NUMBER = "two|three|four|five|six|seven|eight|nine|ten"
_MEASURE = r"percent|per cent|points?|times|hundred|thousand|million|minutes|hours|days|weeks|months|years|seconds"
NUMBER = re.compile(
    rf"(?<![\w.,#/:-])(?:[$€£]\s?{_DIGITS}\s?(?:k|m|bn|million|thousand)?\b"
    rf"|{_DIGITS}\s?(?:{_UNITS})(?!\w)"
    rf"|(?!(?:19|20)\d\d(?!\d|[.,]\d))(?!\d{{1,2}}(?::\d\d|\s(?:{_MONTHS})|(?:st|nd|rd|th)\b)){_DIGITS}(?![\w:/-])"
    r"|(?:zero|one|two|three|four|five|six|seven|eight|nine|ten|\d+) point (?:\w+)"
    rf"|{_WORD_NUMBER}(?: (?:percent|per cent|percentage))(?: points?)?"
    rf"|{_WORD_NUMBER} (?:of|out of) (?:the )?(?:{_WORD_NUMBER}|{_DIGITS})"
    rf"|{_WORD_NUMBER} (?:times|{_UNITS})(?!\w)"
    r"|(?:half|halved|doubled|tripled|twice|two thirds|a third|a quarter|zero)(?!\w))"
)
"""A quantity: digits that are no year or date, amounts, percentages, number words with a unit. "One day" is none."""
FIGURE = re.compile(
    r"\b(?:two|three|four|five|six|seven|eight|nine|ten|eleven|twelve|\w+teen|twent(?:y|ies)(?:-\w+)?|thirt(?:y|"
    r"ies)(?:-\w+)?|"
    r"fort(?:y|ies)(?:-\w+)?|fift(?:y|ies)(?:-\w+)?|sixt(?:y|ies)(?:-\w+)?|sevent(?:y|ies)(?:-\w+)?|eight(?:y|"
    r"ies)(?:-\w+)?|"
    r"ninet(?:y|ies)(?:-\w+)?|hundreds?|thousands?|millions?|billions?|dozens?|zero|hal(?:f|ves|ved|ving)|"
    r"(?:doubl|tripl|quadrupl)(?:e|es|ed|ing)|twice|thrice|(?:an?|one) (?:third|quarter|fifth|sixth|seventh|"
    r"eighth|ninth|"
    r"tenth|hundredth)|\w+fold|exactly one)\b(?! a year\b)"
    rf"|\bfrom (?:\w+ ){{0,3}}{_TIME_UNIT} (?:down )?to (?:\w+ ){{0,3}}{_TIME_UNIT}\b"
)
"""A figure in words, as a result may have one; "from weeks to days" is one, too."""
NO_FIGURE = re.compile(
    # The groups one speaks of, the size of one's own group, those who thanked or asked.
    rf"\b(?:all|both|the|these|those|our|my|of) (?:of )?(?:the |us )?(?:{_SMALL_NUMBER})(?= (?!of\b|out of\b|"
    rf"{_MEASURE}))"
    rf"|\b(?:the )?(?:{_SMALL_NUMBER}) of (?:us|them)\b"
    rf"|\b(?:team|group|family|table|squad) of (?:{_SMALL_NUMBER}|\d+)\b"
    rf"|\b(?:{_SMALL_NUMBER}|\d) (?:(?!of\b)\w+ ){{1,2}}(?:even |also |both |since )?(?:admitted|thanked|told|"
    rf"said|asked|wrote|"
    rf"inquired|enquired|congratulated|apologi[sz]ed|smiled|mentioned)\b"
    r"|\b(?:version|python|release|phase|step|stage|room|section|article|chapter|appendix|paragraph|floor|"
    r"building|gate|"
    r"desk|platform|option|plan|tier|java|gpt|llama|windows|ubuntu) \d[\d.]*\b|\bv\d[\d.]*\b"
    rf"|\bin (?:{_SMALL_NUMBER}) (?:steps|parts|stages|phases|rounds|sessions|languages|places)\b"
)
"""Numbers that measure no result: they are taken out before figures are looked for."""
CHANGE_NUMBER = re.compile(
    rf"(?<!\w)(?:from|by|to|under|below|above|over|down|up|than|became|becomes|saved|cut|instead of|vs\.?|versus|"
    rf"compared (?:to|with)|->|→)\s"
    rf"(?:the |about |around |roughly |almost |nearly |just |only |under |less than |more than |over |~)*"
    rf"(?:[$€£]?\s?{_DIGITS}|{_WORD_NUMBER}|half|a third|zero)|halved|doubled|tripled|\d\S* (?:less|more|fewer|"
    rf"faster|lower|higher|better)"
)

ENGLISH = words(
    "the a an and or but of to in on at for with from by as is are was were be been had have has did do not that "
    "this it its we i my our they "
    "he she them his her their you so then when which who what there because after before also if than more into "
    "out up about would could"
)
FOREIGN = words(
    "der das und ich nicht ein eine mit wir den dem auf für ist sich zu im haben habe wurde que el los las una "
    "con por para del nos est les une "
    "des et dans je nous pas avec qui sur était le la il lo di che non per sono era abbiamo um uma não com foi "
    "eu os em een het van niet ik en we-nl "
    "bir ve bu için çok jest nie się na że było"
)

_HEADINGS: dict[Label, str] = {
    S: "situation, context, background, setting, the situation, scenario, problem, s, challenge, users, "
    "user, before, setup, set-up, team, project, sit, where, when, what happened, the problem, story",
    T: "task, tasks, my task, goal, my role, role, objective, responsibility, t, the task, my goal, mine, my "
    "call, ask, asked, my assignment, mandate, me, my job, my part, my responsibility",
    A: "action, actions, what i did, my actions, steps, approach, a, my approach, actions taken, did, i did, "
    "act, done, how, steps taken",
    R: "result, results, outcome, impact, the result, r, outcomes, after, afterwards, headline, today, res, "
    "end, the end, ending, numbers, how it ended",
    L: "learning, learnings, lesson, lessons, lessons learned, lesson learned, reflection, takeaway, "
    "takeaways, l, since, since then, learned, learnt, learn, the lesson, now, in hindsight, next time, "
    "looking back, what i would change, hindsight, what i learned, what i learnt, retrospective",
}
HEADINGS: dict[str, Label] = {name: part for part, names in _HEADINGS.items() for name in names.split(", ")}
"""Headings people write over the parts."""
