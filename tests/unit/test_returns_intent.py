"""Which direct messages start a return, complain or ask for a person, in four languages."""

import pytest

from handlers.returns.intent import Intent, IntentReader, Kind, Trouble
from handlers.returns.policy import Wish

RETURNS = {
    "en": [
        "I want to send this back",
        "can I return the green dress?",
        "Hi, I'd like to return order S12-0042 please",
        "retrun",
        "how do I retrun my order",
        "need a refund",
        "The boots don't fit. What can I do?",
        "Could I exchange the top for a size L?",
        "this shirt is too small for me :(",
        "i accidentally ordered two, want to give one back",
        "please take it back, I changed my mind and don't want it anymore",
    ],
    "de": [
        "zurückgeben",
        "Ich möchte das zurückgeben",
        "ich will die schuhe zurückschicken",
        "Kann ich das Kleid umtauschen?",
        "wie schicke ich die Bluse zurück?",
        "moechte meine Bestellung zurueckgeben",
        "zurückgben bitte",
        "Retoure",
        "der Rock ist mir leider zu eng",
        "ich hätte gern mein Geld zurück",
        "Passt nicht, ich würde es gerne tauschen",
    ],
    "fr": [
        "je veux renvoyer cette robe",
        "Je voudrais retourner ma commande",
        "comment faire un retour ?",
        "puis-je échanger la veste contre une taille M ?",
        "retour svp",
        "je souhaite un remboursement",
        "c'est trop grand, j'aimerais le rendre",
        "le pantalon ne me va pas",
        "retouner mon article",
        "est-ce possible de rendre le pull ?",
        "vous pouvez me rembourser ?",
    ],
    "es": [
        "quiero devolver esto",
        "necesito hacer una devolución",
        "¿puedo devolver los zapatos?",
        "me gustaría cambiarlo por otra talla",
        "devolver",
        "cómo devuelvo la blusa?",
        "quiero un reembolso",
        "la falda me queda pequeña",
        "quiero devolber el pedido",
        "no me queda bien, ¿lo puedo devolver?",
        "¿me pueden devolver el dinero?",
    ],
}

NOT_RETURNS = {
    "en": [
        "I will return tomorrow",
        "returning viewer here",
        "returning customer from last week, hi all",
        "I'll return to the stream in a bit",
        "what is your return policy?",
        "do you take returns",
        "I don't want to return it, I love it!",
        "my sister returned her dress",
        "many happy returns of the day",
        "is the jacket too big for someone small?",
        "I sent it back yesterday already",
        "return of the queen!",
    ],
    "de": [
        "ich bin gleich zurück",
        "komme morgen zurück",
        "Willkommen zurück, Anna",
        "wie lange habe ich Rückgaberecht?",
        "ich gebe das nie wieder zurück, so schön",
        "passt super, danke!",
        "meine Freundin hat ihr Kleid zurückgegeben",
        "ich habe es schon zurückgeschickt",
        "fällt die Bluse klein aus?",
        "kommt der Mantel zurück ins Sortiment?",
    ],
    "fr": [
        "je suis de retour",
        "je retourne au travail, à demain",
        "bon retour !",
        "quels sont vos délais de retour ?",
        "je ne veux pas la rendre, elle est superbe",
        "mon amie a renvoyé la sienne",
        "j'ai déjà retourné le colis",
        "ça me rend heureuse",
        "le bleu est-il de retour en stock ?",
        "merci, tout va bien",
    ],
    "es": [
        "regreso mañana",
        "ya volví!",
        "¿cuál es el plazo de devolución?",
        "no quiero devolver nada",
        "mi amiga devolvió el suyo",
        "¿aceptan devoluciones?",
        "ya lo devolví, gracias",
        "vuelvo en un rato",
        "me queda perfecto, gracias",
        "voy a cambiar de canal un momento",
    ],
}

COMPLAINTS = [
    ("it arrived broken", Trouble.BROKEN),
    ("my mug came in two pieces", Trouble.BROKEN),
    ("the necklace is defective", Trouble.BROKEN),
    ("the scarf has a hole, it was damaged in the post", Trouble.BROKEN),
    ("kaputt angekommen", Trouble.BROKEN),
    ("die Tasse ist kaput", Trouble.BROKEN),
    ("arrivé cassé", Trouble.BROKEN),
    ("le vase est cassé", Trouble.BROKEN),
    ("llegó roto", Trouble.BROKEN),
    ("el jarrón está roto", Trouble.BROKEN),
    ("one item is missing from my order", Trouble.MISSING),
    ("I never received my parcel", Trouble.MISSING),
    ("es fehlt ein Teil im Paket", Trouble.MISSING),
    ("mein Paket ist nicht angekommen", Trouble.MISSING),
    ("il manque un article", Trouble.MISSING),
    ("je n'ai jamais reçu mon colis", Trouble.MISSING),
    ("falta un artículo en el pedido", Trouble.MISSING),
    ("no me llegó el paquete", Trouble.MISSING),
    ("wrong item", Trouble.WRONG),
    ("I got the wrong dress", Trouble.WRONG),
    ("they sent me a different shirt", Trouble.WRONG),
    ("falscher Artikel geliefert", Trouble.WRONG),
    ("ihr habt mir das falsche Kleid geschickt", Trouble.WRONG),
    ("j'ai reçu le mauvais article", Trouble.WRONG),
    ("me llegó el artículo equivocado", Trouble.WRONG),
    ("me mandaron la talla equivocada", Trouble.WRONG),
]

HUMANS = [
    "human",
    "Can I talk to a human?",
    "I'd like to speak to someone please",
    "a real person please",
    "Ich möchte mit einem Menschen sprechen",
    "Mitarbeiter bitte",
    "parler à un humain",
    "je voudrais parler à un conseiller",
    "quiero hablar con un humano",
    "agente",
]


@pytest.fixture(scope="module")
def reader() -> IntentReader:
    return IntentReader.load()


@pytest.mark.parametrize("language", RETURNS)
def test_a_wish_to_return_starts_the_form(reader: IntentReader, language: str) -> None:
    lines = RETURNS[language]
    missed = [line for line in lines if reader.read(line).kind is not Kind.RETURN]
    assert len(lines) >= 10
    assert missed == []


@pytest.mark.parametrize("language", NOT_RETURNS)
def test_what_only_mentions_returning_starts_nothing(reader: IntentReader, language: str) -> None:
    lines = NOT_RETURNS[language]
    assert len(lines) >= 10
    assert [line for line in lines if reader.read(line).kind is not Kind.NONE] == []


@pytest.mark.parametrize(("line", "trouble"), COMPLAINTS)
def test_a_complaint_says_its_trouble(reader: IntentReader, line: str, trouble: Trouble) -> None:
    found = reader.read(line)
    assert (found.kind, found.trouble) == (Kind.COMPLAINT, trouble)


@pytest.mark.parametrize("line", HUMANS)
def test_a_person_is_asked_for(reader: IntentReader, line: str) -> None:
    assert reader.read(line) == Intent(kind=Kind.HUMAN)


@pytest.mark.parametrize(
    ("line", "wish"),
    [
        ("I want my money back for the blue scarf", Wish.REFUND),
        ("kann ich das umtauschen?", Wish.EXCHANGE),
        ("I'd like to return this for store credit", Wish.CREDIT),
        ("I want to send this back", None),
    ],
)
def test_the_wish_is_taken_where_it_is_named(
    reader: IntentReader, line: str, wish: Wish | None
) -> None:
    assert reader.read(line).wish == wish


@pytest.mark.parametrize(
    ("line", "kind"),
    [
        ("It arrived broken and I want to talk to a human", Kind.HUMAN),
        ("I want to return the vase. It arrived broken.", Kind.COMPLAINT),
        ("Returning viewer here! I want to send this back", Kind.RETURN),
        ("where is my refund?", Kind.STATUS),
        ("wo bleibt meine Erstattung", Kind.STATUS),
        ("RETURN!!!", Kind.RETURN),
        ("   ", Kind.NONE),
        ("🎉🎉", Kind.NONE),
        ("claim A12 M", Kind.NONE),
        ("my phone is broken, sorry I missed the show", Kind.NONE),
        ("mein Handy ist kaputt", Kind.NONE),
        ("the sound is broken", Kind.NONE),
        ("what is the exchange rate", Kind.NONE),
        ("Can I trade the M for an L?", Kind.RETURN),
        ("umtausch in L bitte", Kind.RETURN),
        ("je souhaite me rétracter de ma commande", Kind.RETURN),
        ("vous pouvez me renvoyer le lien de paiement ?", Kind.NONE),
        ("puedo cambiar mi dirección de envío?", Kind.NONE),
    ],
)
def test_of_several_the_gravest_counts(reader: IntentReader, line: str, kind: Kind) -> None:
    assert reader.read(line).kind is kind


def test_a_long_message_costs_a_bounded_time(reader: IntentReader) -> None:
    assert reader.read("i want to " * 5_000 + "return it").kind is Kind.NONE
