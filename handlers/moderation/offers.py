"""Offers: wordings that sell something of one's own, past the shop and its checkout."""

from typing import Final

from handlers.moderation.signals import Signal, signal

__all__ = ["OFFERS"]

_PAYING = (
    r"cash\s?app|zelle|venmo|paypal|western union|money\s?gram|btc|bitcoin|usdt|ethereum|crypto"
    r"|gift\s?cards?|friends (?:and|&|n) family|f&f|revolut|iban|bank transfer|apple pay"
)

OFFERS: Final[tuple[Signal, ...]] = (
    signal(
        "promises money",
        4,
        r"\b(?:earn\w*|mak(?:e|es|ing)|made|turn\w*|invest\w*"
        r"|profit)\b.{0,30}(?:[$€£]\s?\d[\d,.]*k?"
        r"|\d[\d,.]*k?\s?(?:[$€£]|usd|usdt|dollars|euros?))"
        r".{0,40}\b(?:a|per|every|each|in|into|within|from)\b"
        r" ?(?:day|daily|week|weekly|hour|hr|month|home|[$€£]?\d)",
        r"\b(?:doubl\w*|tripl\w*|multiply\w*|2x|10x) (?:your|ur|every|any) (?:money|btc"
        r"|bitcoin|crypto|eth"
        r"|invest\w*"
        r"|deposit|coins)",
        r"\b(?:get|got|become) rich (?:with|quick|fast)|\b(?:make|earn) (?:\$\$+|big|easy) money",
        r"\bturn\w* (?:\w+ )?[$€£]?\d[\d,.]*k? (?:in)?to [$€£]?\d",
        r"\b(?:guaranteed|100%|daily) (?:profits?|returns?|income|payouts?)\b",
    ),
    signal(
        "sells investments",
        3,
        r"\b(?:quick|fast|easy) (?:cash|money)\b|\b(?:passive income|financial freedom|forex"
        r"|binary options|trading signals?|pump group"
        r"|presale|airdrop)\b",
        r"\b(?:crypto|bitcoin|forex|btc|trading|investment)"
        r" (?:trader|expert|mentor|recovery|investment|manager|platform|coach|signals?|group)\b",
    ),
    signal(
        "wants the keys of a wallet",
        4,
        r"\b(?:seed|recovery|secret|backup) phrase\b|\bprivate keys?\b",
        r"\b(?:connect|validate|sync|verify|link) (?:your |ur |the )?wallet\b",
    ),
    signal(
        "takes payment past the checkout",
        4,
        r"\b(?:pay|payments?|send|transfer|deposit|zelle|venmo)\b.{0,25}"
        r"\b(?:me|my|us|directly|outside|instead|to this|into this|here:|only)\b.{0,40}"
        rf"\b(?:{_PAYING})\b",
        rf"\b(?:pay|payments?|send|transfer|deposit)\b.{{0,40}}\b(?:{_PAYING})\b.{{0,20}}"
        r"\b(?:to (?:me|my|this|@)|instead|only|directly|now to|first|and (?:dm|i ship|i'll))",
        r"\b(?:skip|avoid|save|bypass|without)(?: on)? (?:the )?(?:checkout|fees?|queue"
        r"|waitlist)\b"
        r".{0,40}\b(?:dm|pay|me|message|directly)\b",
        rf"(?:^|\s)\$[a-z]\w{{3,20}}\b.{{0,80}}\b(?:cash\s?app|pay)"
        rf"|\b(?:{_PAYING})\b.{{0,15}}\$[a-z]\w{{3}}",
    ),
    signal(
        "takes payment past the checkout",
        4,
        r"\biban:? [a-z]{2}\d\d|\b(?:pay|send|transfer|deposit)\w*\b.{0,25}\b(?:to|into|on) "
        r"(?:my|this|the following|our new) (?:paypal|iban|bank|account|wallet|address|number)\b",
        r"\b(?:new|other|real|correct|updated) (?:checkout|payment (?:link|page|site)|cart) "
        r"(?:is|here)\b",
    ),
    signal(
        "sells past the shop",
        3,
        r"\b(?:i'?m |i am )?(?:selling|reselling)\b.{0,60}\b(?:dms?|pm|inbox|message|text"
        r"|offer)\b",
        r"\b(?:i|we) (?:also )?(?:sell|have|got|ship)\b.{0,40}\b(?:cheaper|half (?:the )?price"
        r"|for less"
        r"|wholesale|better price|lower price|\d\d% off)\b",
        r"\b(?:cheaper|half (?:the )?price|for less|better price|wholesale)\b"
        r".{0,30}\b(?:dm|my|me|link|whatsapp|telegram|page)\b",
        r"\b(?:replica|1:1|knock\s?offs?|counterfeit|aaa quality)\b.{0,40}"
        r"\b(?:bags?|watch\w*|rolex|shoes|sneakers|designer|dm|cheap\w*)",
    ),
    signal(
        "sells followers",
        4,
        r"\b(?:buy|cheap\w*|best|grow|boost|gain|promote|free)\b.{0,25}"
        r"\b(?:followers|viewers|subscribers|chatters|view\s?bots?)\b.{0,40}"
        r"(?:\b(?:on|at|from|with|dm|here|fast|instant\w*|cheap|for)\b|[$€£]\d|\.\w{2,})",
        r"\b(?:buy|cheap|free)\s*(?:followers|viewers|subs|likes|views)\b",
    ),
    signal(
        "tells of a rescue",
        4,
        r"\b(?:lost|scammed|stole)\b.{0,60}\b(?:got|gets?|recovered) (?:it|them|my \w+)"
        r"(?: all)? back\b",
        r"\b(?:recovered|got back) (?:all )?my (?:lost |stolen )?(?:money|funds?|crypto"
        r"|account)\b",
    ),
    signal(
        "deals in accounts",
        4,
        r"\b(?:sell|selling|buy|buying|trading) (?:my |your |a |any )?(?:\w+ )?(?:accounts?"
        r"|acc|cc)"
        r"\b.{0,60}\b(?:cheap|inbox|dm|pm|message|price|offer)",
    ),
    signal(
        "sells company",
        2,
        r"\b(?:hot|horny|sexy|lonely|single)\s?(?:girls?|women|milfs?|moms?|babes?|singles"
        r"|ladies)\b",
        r"\b(?:my|free|leaked|see|sell\w*) (?:\w+ )?(?:nudes?|onlyfans|pics|cam|naked)\b",
        r"\b(?:sugar (?:daddy|mommy|baby)|18\+ (?:chat|cam|video|content|server))\b",
    ),
    signal(
        "says where",
        2,
        r"\bnear (?:you|u)\b|\bin your area\b|\bmeet (?:me|up) (?:tonight|now)\b",
    ),
    signal(
        "offers its services",
        3,
        r"\bi(?: a|')?m an? (?:\w+ ){0,3}"
        r"(?:designer|animator|vtuber artist|promoter|influencer|marketer)\b",
        r"\b(?:logos?|overlays?|emotes?|banners?) (?:designs?|commissions?)\b",
        r"\bcommissions? open\b",
        r"\b(?:try|test|play|download) my (?:new )?(?:game|app)\b|\bsub ?(?:4|for) ?sub\b",
    ),
    signal(
        "offers a job",
        3,
        r"\b(?:work|jobs?|earn\w*|income)\b.{0,20}\b(?:from home|online|remote\w*"
        r"|part[- ]time)\b",
        r"\b(?:hiring|recruiting|looking for) (?:\w+ ){0,3}(?:testers|assistants?|models?"
        r"|workers)\b",
    ),
    signal(
        "advertises gambling",
        4,
        r"\b(?:casino|sports?book|1xbet|slots?|betting)\b.{0,40}"
        r"\b(?:bonus|spins|promo|code|deposit|win|sign up|register)\b",
        r"\b(?:free spins|no deposit bonus|deposit bonus)\b",
    ),
    signal(
        "offers loans, hacking or spells",
        4,
        r"\b(?:instant|quick|easy|personal) loans?\b|\bcredit repair\b|\bspell ?caster\b",
        r"\b(?:hire|contact|thanks to|recommend) (?:\w+ ){0,4}(?:hacker|recovery (?:expert"
        r"|agent))\b",
        r"\bhack (?:any|your|his|her) (?:account|phone|partner|wallet)\b",
        r"\b(?:viagra|cialis|weight loss pills|diet pills)\b",
    ),
    signal(
        "advertises",
        2,
        r"\b(?:(?:\d\d%|half) off|minus \d\d|promo code|discount code|coupon|best prices?"
        r"|cheap(?:est)?|wholesale"
        r"|buy now|order now|shop now|great deals?|we ship|free shipping|subscribe)\b",
        r"\bcheck(?: it| this| these| them)? out\b|\b(?:come )?join (?:my|our|the|this)\b",
    ),
    signal(
        "promises money",
        4,
        r"\bgana(?:r)? (?:\w+ ){0,2}(?:dinero|\d+)|\bgeld verdienen|\bgagne[rz] (?:de l'argent"
        r"|\d+)",
        r"\bganhe (?:dinheiro|\d+)|\bkiem tien (?:online|tai nha)|\bguadagna (?:\w+ )?\d+"
        r"|赚钱|加微信|兼职|刷单|เครดิตฟรี|สล็อต|무료 ?충전|카지노|اربح المال|slot gacor"
        r"|judi online|раздаю деньги|подписывайся на мой|зарабатыва|заработ\w+ (?:от )?\d+"
        r"|รายได้เสริม|แอดไลน์",
    ),
)
