"""How people ask for what is theirs alone: an order, a parcel, a payment, a claim, a place.

Each wording is over the words of a line as `words_of` gives them: small, without accents and
apostrophes.
"""

import re
from typing import Final

__all__ = ["OWN"]

_THING: Final = (
    r"(?:orders?|package|packages|parcels?|claims?|items?|stuff|things?|shipment|delivery|refund"
    r"|payments?|tracking|invoice|purchase|box)"
)
_DONE: Final = (
    r"(?:ship|shipped|arrive|arrived|sent|send|paid|go|gone|count|counted|in|work|received"
    r"|accepted|processed|confirmed|delivered|ready|through|lost|go through|gone through)"
)
_DEUTSCH: Final = r"mein\w* (?:\w+ )?(?:paket|packchen|bestellung|sendung|zahlung|lieferung)"
_ESPANOL: Final = r"mi (?:pedido|paquete|orden|compra|pago|envio)"
_FRANCAIS: Final = r"(?:ma|mon) (?:commande|colis|paquet|paiement|achat)"

_ENGLISH: Final = (
    rf"where(?:s| is| are|)(?: (?!can |could |do |should )\w+)? my\b.{{0,20}}\b{_THING}\b",
    r"where(?:s| is| are|) mine\b",
    rf"(?:track|status of|update on|check)\b.{{0,12}}\bmy\b.{{0,12}}\b{_THING}\b",
    rf"my\b.{{0,12}}\b{_THING}\b.{{0,12}}\b(?:status|shipped|arrived|sent|paid|gone through)\b",
    rf"my\b.{{0,12}}\b{_THING} (?:has |have |is |did |still )?(?:not|never)\b(?: \w+)? ?"
    r"(?:arrived|come|came|here|shipped|moved?|work)",
    rf"(?:has|have|did|was|is|were|are)\b.{{0,6}}\bmy\b.{{0,12}}\b{_THING}\b.{{0,12}}\b{_DONE}\b",
    rf"(?:has|did|is) (?:my )?order \d+ (?:\w+ )?{_DONE}\b",
    r"did (?:i|we) (?:gett?|got|win|make|score|snag|secure)\b",
    r"(?:do|did) (?:i|we) have (?:it|one|them|that|mine)\b",
    r"have (?:i|we) (?:got|won) (?:it|one|them|that)\b",
    r"what (?:did|have) (?:i|we) (?:gett?|win|won|buy|bought|claim|claimed)\b",
    r"is (?:it|that|this) mine\b",
    r"did mine\b",
    r"(?:^|(?<=^hey )|(?<=^so )|(?<=^and ))(?:has|have|is|was|will) mine\b",
    rf"you (?:gett?|got|see|saw|receive|received|count|ship|shipped|send|sent) (?:mine\b|my\b"
    rf".{{0,12}}\b{_THING}\b)",
    r"(?:has|did) (?:it|they) (?:been |already |even )?(?:ship|shipped|sent|arrive|arrived"
    r"|go through|gone through|come through)\b",
    r"(?:is|was) it (?:shipped|sent|on its way|on the way)(?: out)? (?:yet|already)\b",
    rf"(?:any )?(?:news|updates?|status) (?:on|of|about|for) (?:(?:my|our|the|an?) )?{_THING}\b",
    r"(?:am|are) (?:i|we) (?:still )?(?:on|in) (?:\w{1,4} )?(?:wait ?list|waiting list|list)\b",
    rf"when (?:will|does|do|is|are)(?:nt)? my\b.{{0,12}}\b{_THING}\b.{{0,6}}\b(?:arrive|arriving"
    r"|come|coming|ship|shipping|here|shipped|sent|delivered|leave)\b(?!.*\bif\b)",
    rf"when (?:will|do|can|am) (?:i|we) (?:gett?|receive|getting) my\b.{{0,12}}\b{_THING}\b"
    r"(?!.*\bif\b)",
    r"(?:whats|what is|how much is|how high is) my (?:new |current )?(?:total|balance|bill|sum)\b",
    r"(?:how much|what) do i owe\b",
    r"(?:my tracking|tracking (?:number |code |link |info )?(?:for|of|on) my)\b",
    r"(?:not|never|still waiting for|still no) (?:yet )?(?:received|got|gotten|get)\b.{0,8}"
    rf"\bmy\b.{{0,12}}\b{_THING}\b",
)
_OTHERS: Final = (
    r"habe? ichs? (?:\w+ ){0,2}(?:bekommen|gekriegt|gewonnen|erhalten|erwischt)\b",
    rf"(?:wo (?:ist|bleibt|sind|bleiben)|wann (?:kommt|kommen)|(?:ist|wurde|kam)) {_DEUTSCH}",
    r"bin ich (?:\w+ )?auf der (?:warteliste|liste)\b",
    r"lo (?:consegui|gane|tengo)\b|me (?:lo|la) (?:gane|lleve|quede)\b",
    rf"(?:donde esta|cuando (?:llega|llegara|sale)|recibieron) {_ESPANOL}",
    rf"ya (?:salio|llego|enviaron) {_ESPANOL}",
    rf"(?:ou (?:est|sont)|quand (?:arrive|part)|recu) {_FRANCAIS}",
    r"(?:ai je|je lai|est ce que je lai) (?:eue?|gagnee?|obtenue?)\b",
    r"(?:onde esta|cade) (?:o )?(?:meu|minha) (?:pedido|pacote|encomenda)",
    r"dove? (?:e )?il mio (?:ordine|pacco)",
)
#: What only the cart and the orders of the one who asks can answer.
OWN: Final = re.compile("|".join(rf"\b(?:{one})" for one in (*_ENGLISH, *_OTHERS)))
