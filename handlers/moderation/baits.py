"""Baits: wordings that draw a viewer out of the chat, or ask for what nobody should give."""

from typing import Final

from handlers.moderation.signals import Signal, signal

__all__ = ["BAITS"]

_PRIZES = (
    r"nitro|robux|v-?bucks|skins?|gift\s?cards?|i-?phones?|ps5|airpods|airdrops?|tokens?|crypto"
    r"|bitcoin|btc|eth|usdt|money|cash|coins?|gems|followers|steam|vouchers?|macbook|spins"
)
_ME = r"(?:me|us|him|her|my|@\w+|the (?:host|admin|seller|owner|manager|support)|admin|support)"

BAITS: Final[tuple[Signal, ...]] = (
    signal(
        "asks to write in private",
        2,
        rf"\b(?:dm|pm|msg|message|inbox|text|contact|hmu|write|reach|add) (?:to )?{_ME}\b",
        r"\b(?:hit me up|slide in(?:to)? my (?:dms?|inbox)|in my (?:dms?|inbox)"
        r"|drop your number|hit my (?:dms?|inbox)|reach out to (?:me|us|him|her|@\w+)"
        r"|(?:talk|chat) (?:with you )?(?:in )?(?:private|on (?:whats|tele|hang|insta"
        r"|snap)\w+))\b",
        r"\b(?:via|by|in|through|send (?:me )?(?:a )?)(?: a)? (?:dm|pm|inbox"
        r"|private message)s?\b",
        r"\b(?:escr[ii]beme|schreib mir|ecris-moi|me chama|nhan tin|inbox minh)\b",
    ),
    signal(
        "asks to write in private",
        2,
        r"\b(?:dm|pm|inbox) (?:if|for|to|with|now|only|open)\b|\bwhisper (?:to )?me\b",
        r"пиши(?:те)? (?:мне )?в (?:лс|личк\w+|телегра\w+|ватсап)|私信我|加我|ทักแชท|ทักไลน์"
        r"|카톡 ?추가",
        r"\b(?:hub(?:ungi)?|chat) (?:via )?wa\b|تواصل معي|راسلني",
    ),
    signal(
        "leads to another app or phone",
        2,
        r"\b(?:whats\s?app|telegram|we\s?chat|snapchat|viber|kik|signal|line id|hangouts|zalo"
        r"|tele\s?gram)\b",
        r"\b[\w.+-]{1,64}@(?:gmail|yahoo|outlook|hotmail|proton\w*|mail)\.\w+",
    ),
    # Apart from the words: a number has none by which it could be passed over.
    signal(
        "leads to another app or phone",
        2,
        r"(?<![\w.])\+?\d{1,3}[ .-]?\(?\d{2,4}\)?[ .-]\d{3,4}[ .-]?\d{3,4}\b|\+\d{9,14}\b",
    ),
    signal(
        "sends people to its own page",
        4,
        r"\b(?:check(?:ing)?|visit|see|follow|join|look at|come to|go to|watch|buy (?:from|on"
        r"|at))"
        r"(?: out| on)? (?:my|our) (?:own )?(?:bio|profile|page|channel|store|shop|stream|live"
        r"|sale"
        r"|insta\w*|onlyfans|etsy|ebay|depop|vinted|poshmark|whatnot|tiktok|server"
        r"|group)\b",
        r"\blinks? (?:is |are )?(?:in|on) (?:my |the )?(?:bio|profile|description)\b",
    ),
    signal(
        "offers something for free",
        3,
        rf"\bfree\W{{0,3}}(?:\w+\W+){{0,3}}(?:{_PRIZES})\b|\bfree(?:nitro|robux|btc|money)",
        rf"\b(?:{_PRIZES})\b.{{0,20}}\b(?:for free|gratis|kostenlos|gratuit)",
        r"\bgiv(?:e|ing)\s?(?:away|out) (?:\w+ ){0,3}(?:[$€£]\s?\d|free|money|cash|i-?phone"
        r"|nitro)",
        r"\b(?:qua|nhan)\b.{0,20}\bmien phi\b",
        r"\bfree (?:followers|viewers|gift\s?cards?) (?:at|check|on)\b",
        r"\b(?:gratis|kostenlos\w*|gratuit\w*) (?:\w+ ){0,2}(?:nitro|i-?phone|geld|dinero"
        r"|argent)",
    ),
    signal(
        "names a prize",
        1,
        r"\b(?:gift\s?cards?|nitro|airdrop|giveaway|prizes?|rewards?|jackpot|lottery"
        r"|vouchers?)\b",
    ),
    signal(
        "says that you won",
        2,
        r"\b(?:you|u)(?: have|'ve|ve|'re| are| r| were)?(?: just)?(?: been)? "
        r"(?:won|selected|chosen|picked)\b",
        r"\b(?:you|u)(?:'re| are| r) (?:the |our |a )?(?:lucky )?winner\b",
        r"\bcongrat\w*\b.{0,40}\b(?:won|winner|selected|chosen|prize)",
        r"\b(?:has ganado|ganaste|eres el ganador|du hast gewonnen|vous avez gagne"
        r"|tu as gagne|voce ganhou|hai vinto)\b",
    ),
    signal(
        "wants you to collect a prize",
        4,
        r"\b(?:(?:claim|collect|redeem) (?:your|ur|yours|the|this)|get (?:your|ur))(?: \w+){0,2}"
        r" (?:prize|reward|gift|nitro|bonus|airdrop|voucher|winnings|package|refund|giveaway"
        r"|gift\s?card)\b",
        r"\b(?:dm|message|text|inbox|contact|click|tap)\b.{0,40}\b(?:to|and) (?:win|claim|collect"
        r"|redeem|receive|get paid)\b",
    ),
    signal(
        "courts a stranger",
        2,
        r"\b(?:hello|hi|hey) (?:dear|beautiful|sexy|pretty lady)\b",
        r"\bi (?:like|love|saw) your profile\b|\bcan we (?:talk|chat|be friends|meet)\b",
    ),
    signal(
        "asks for itself",
        -3,
        r"^\W{0,5}(?:hi|hey|hello|pls|please)?\W{0,5}"
        r"(?:can|could|may|should|do|did|must|how (?:do|can|to)"
        r"|where (?:do|can)|when (?:do|can)|why (?:do|can))\W+(?:i|we)\b",
    ),
    signal(
        "plays on surprise",
        4,
        r"\bis (?:this|that) (?:really )?you (?:in|on) (?:this|that|the) (?:video|pic\w*"
        r"|photo)\b",
        r"\b(?:accidentally|by mistake) reported (?:you|your)\b|\bvote for my team\b",
    ),
    signal(
        "threatens an account or order",
        3,
        r"\b(?:your|ur)\b(?: \w+){0,2} (?:account|order|payment|package|parcel|card|wallet"
        r"|claim|item)s?"
        r"\b.{0,40}\b(?:suspend\w*|locked|limited|on hold|expire\w*|blocked|failed|flagged|held"
        r"|banned"
        r"|terminated|be cancel\w*|declined)\b",
        r"\b(?:package|parcel)s?\b.{0,30}\b(?:undelivered|not be delivered|customs fee)",
        r"\bverify (?:your|ur) (?:account|payment|identity|card|order|email|bank|details)\b",
        r"\b(?:recover|get back|restore) (?:your |ur )?(?:lost|stolen|hacked|scammed) (?:funds?"
        r"|money"
        r"|account|crypto|coins?)",
    ),
    signal(
        "asks for secrets",
        4,
        r"\b(?:send|give|tell|dm|share|confirm|provide|need|enter|type|write|submit|fill in"
        r"|reply with)\b.{0,25}"
        r"\b(?:(?:your|ur)(?: \w+){0,2} (?:card|password|passcode|pin|cvv|bank|login|code|otp"
        r"|ssn)"
        r"|the (?:\w+ )?(?:code|otp) (?:we|i|that|you) (?:sent|send|got|get|receive\w*))\b",
    ),
    signal(
        "asks for details",
        2,
        r"\b(?:send|give|tell|dm|share|confirm|provide|need|reply with)\b.{0,25}\b(?:your|ur)"
        r"(?: \w+){0,2} (?:order numbers?|phone|numbers?|address|email|name|details|account)\b",
    ),
    signal(
        "speaks as staff",
        2,
        r"\b(?:i am|i'm|im|this is|we are|as|from) (?:the |a |an |your |our )?"
        r"(?:(?:official|real|new|shop|store|live|customer|head|lead) )*(?:admin\w*|moderator|mod"
        r"|support(?: team| agent| desk)?|host|owner|staff|manager|customer (?:service|care))\b",
        r"\b(?:official|backup|second|new) (?:giveaway )?(?:account|page|profile|admin"
        r"|support)\b",
    ),
    signal(
        "hurries",
        1,
        r"\b(?:limited (?:time|spots?|offer)|hurry|act (?:now|fast)|first \d+ (?:people"
        r"|persons?|viewers"
        r"|users|who|to)|only today|before (?:it'?s gone|they delete)|don'?t miss|last chance"
        r"|asap"
        r"|within \d+ (?:min\w*|hours?))\b",
    ),
    signal(
        "asks to act elsewhere",
        2,
        r"\b(?:pay|log ?in|sign in|check ?out|order|confirm|register|update|redeem"
        r"|download)\b.{0,25}"
        r"\b(?:here|at|on|via|link|through)\b",
    ),
    signal(
        "sends to a link",
        1,
        r"\b(?:click|tap|press|open|use|follow|via|at|here)(?: on)? (?:here|the link|below|this"
        r"|link|now"
        r"|my link)\b|\bregister (?:here|now)\b|\bsign up (?:here|now|at)\b|\bjoin (?:now|here"
        r"|us)\b",
        r"\b(?:klick|haz clic|cliquez|clique)\w*\b",
    ),
)
