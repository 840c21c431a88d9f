"""Settings: where they come from, what is refused in which words, and that secrets stay secret."""

from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from bot.settings import Setting, Settings, SettingsError, every_setting, load_settings
from handlers.claims.rules import CLAIM_WORDS, Claimable, Repeats, SaleRules, SoftPause

SECRET = "xoxb-hush-hush"
KEY = "A" * 43 + "="
EVERYWHERE = "0.0.0.0"  # noqa: S104
ConfigFile = Callable[[str], Path]


@pytest.fixture
def config(tmp_path: Path) -> ConfigFile:
    def write(text: str) -> Path:
        path = tmp_path / "andon.toml"
        path.write_text(text, encoding="utf-8")
        return path

    return write


def problems(path: Path | None = None, /, **environ: str) -> tuple[str, ...]:
    variables = {f"ANDON_{name}": value for name, value in environ.items()}
    with pytest.raises(SettingsError) as error:
        load_settings(path, variables)
    assert str(error.value).splitlines() == list(error.value.problems)
    return error.value.problems


def load(path: Path | None = None, /, **environ: str) -> Settings:
    return load_settings(path, {f"ANDON_{name}": value for name, value in environ.items()})


@pytest.fixture(autouse=True)
def _empty_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


# --- defaults ---


def test_without_a_word_everything_has_its_default() -> None:
    settings = load()
    assert settings.database_url == "sqlite+aiosqlite:///andon.db"
    assert (settings.web.host, settings.web.port, settings.web.token) == ("127.0.0.1", 8099, None)
    assert not settings.web.stage
    assert (settings.shop.currency, settings.shop.locale) == ("USD", "en_US")
    assert settings.shop.zone == ZoneInfo("UTC")
    assert not settings.discord.configured
    assert not settings.slack.configured
    assert not settings.stripe.configured
    assert settings.intake.batch_max == 500
    assert settings.intake.queue_max == 20_000


def test_the_rules_of_the_sale_have_the_defaults_of_the_design() -> None:
    rules = load().sale
    assert rules == SaleRules()
    assert rules.soft_pause is SoftPause.AUTO
    assert rules.claimable is Claimable.AFTER_STAGED
    assert rules.repeats is Repeats.RAISE
    assert (rules.amber_percent, rules.pause_percent) == (20, 10)
    assert rules.hold_warnings_hours == (12, 2)
    assert rules.claim_words == rules.words_alone == CLAIM_WORDS
    assert rules.limit_per_item is None
    assert not rules.release_on_delete


def test_settings_cannot_be_changed() -> None:
    settings = load()
    with pytest.raises(ValidationError):
        settings.sale.hold_hours = 1  # type: ignore[misc]


# --- where they come from ---


def test_the_file_in_the_working_directory_is_read(config: ConfigFile) -> None:
    config('[shop]\nname = "Mia\'s"\ntimezone = "Europe/Berlin"\ncurrency = "eur"\n')
    shop = load().shop
    assert (shop.name, shop.zone, shop.currency) == ("Mia's", ZoneInfo("Europe/Berlin"), "EUR")


def test_the_environment_wins_over_the_file_and_the_command_line_over_both(
    config: ConfigFile,
) -> None:
    path = config('database_url = "sqlite+aiosqlite:///file.db"\n[web]\nport = 1\nstage = true\n')
    environ = {"ANDON_WEB__PORT": "2", "ANDON_DATABASE_URL": "sqlite+aiosqlite:///env.db"}
    assert load_settings(path, environ).web.port == 2
    given = load_settings(path, environ, web__port=3, database_url=None, sale={"hold_hours": 5})
    assert given.web.port == 3
    assert given.web.stage
    assert given.database_url == "sqlite+aiosqlite:///env.db"
    assert given.sale.hold_hours == 5


def test_the_file_may_lie_elsewhere(config: ConfigFile, tmp_path: Path) -> None:
    path = config("[web]\nport = 1\n").rename(tmp_path / "mine.toml")
    assert load(path).web.port == 1
    assert load(CONFIG=str(path)).web.port == 1
    assert load().web.port == 8099


def test_a_file_that_was_asked_for_must_be_there() -> None:
    assert problems(Path("gone.toml")) == ("gone.toml: There is no such file; check the path.",)


def sample(setting: Setting) -> str:
    """Something that `setting` takes."""
    if "quiet_hours" in setting.key:
        return "22:00-07:00"
    for known in (setting.name, setting.key[-1]):
        if known in SAMPLES:
            return SAMPLES[known]
    if isinstance(setting.default, str | int):
        return str(setting.default)
    return "C7" if setting.key[0] == "slack" else "7"


SAMPLES = {
    "off": "caps",
    "note_only": "caps",
    "allowed_domains": "shop.example",
    "blocked_domains": "spam.example",
    "copy_file": __file__,
    "api_url": "http://localhost:1",
    "gateway_url": "ws://localhost:1",
    "claim_words": "mine",
    "bare_words": "mine",
    "facts": '{"return_days": "30"}',
    "rates": '{"Canada": "$9"}',
    "dispatch_days": "mon",
    "hook_url": "https://pay.example/{order}",
    "orders.country": "DE",
    "returns.address.country": "DE",
    "returns.conditions": "used",
    "returns.customer_pays_return": "carrier",
    "returns.reasons": __file__,
    "returns.wishes": "credit",
    "shipping.ways": '[{"key": "parcel", "price": "4.90"}]',
    "tax.rates": '{"DE": 19}',
    "privacy.keys": KEY,
    "keep_days": "90",
    "invoices.tax_number": "DE 123",
    "invoices.note": "Thank you.",
}


@pytest.mark.parametrize("setting", every_setting(), ids=lambda setting: setting.name)
def test_every_setting_can_be_set_by_its_variable(setting: Setting) -> None:
    settings = load_settings(environ={setting.variable: sample(setting)})
    assert settings.model_fields_set == {setting.key[0]}


def test_prices_have_the_decimals_of_the_shops_currency() -> None:
    ways = '[{"key": "parcel", "price": "%s"}]'
    assert load(SHOP__CURRENCY="KWD", SHIPPING__WAYS=ways % "0.555").shipping.ways
    load(SHOP__CURRENCY="JPY", SHIPPING__WAYS=ways % "500", ORDERS__HIGH_VALUE="90000")
    for currency, variables in (
        ("JPY", {"SHIPPING__WAYS": ways % "4.90"}),
        ("USD", {"SHIPPING__WAYS": ways % "0.555"}),
        ("JPY", {"ORDERS__HIGH_VALUE": "90.50"}),
    ):
        with pytest.raises(SettingsError, match=f"has more decimals than {currency} knows"):
            load(SHOP__CURRENCY=currency, **variables)


def test_an_empty_variable_counts_as_not_set(config: ConfigFile) -> None:
    path = config("[web]\nport = 1\n")
    assert load(path, WEB__PORT="", DISCORD__TOKEN=" ").web.port == 1


def test_variables_of_the_test_suite_are_no_settings() -> None:
    assert load(SOAK="1", CI="1") == load()


@pytest.mark.parametrize("written", ["1,2", " 1 , 2 ", "[1, 2]", '["1", "2"]', "1,2,"])
def test_a_list_in_a_variable(written: str) -> None:
    assert load(DISCORD__STREAM_CHANNEL_IDS=written).discord.stream_channel_ids == (1, 2)


@pytest.mark.parametrize("written", ["[1, 2]", '["1", "2"]', '"1,2"', '"[1, 2]"'])
def test_a_list_in_the_file(config: ConfigFile, written: str) -> None:
    path = config(f"[discord]\nstream_channel_ids = {written}\n")
    assert load(path).discord.stream_channel_ids == (1, 2)


def test_one_value_is_a_list_of_one(config: ConfigFile) -> None:
    path = config("[discord.channels]\nalerts = 7\n")
    assert load(path).discord.channels.alerts == (7,)
    assert load(SLACK__ROLES__MODERATOR="U1").slack.roles.moderator == ("U1",)


def test_bare_words_are_the_shops_claim_words_unless_it_chooses() -> None:
    assert load(SALE__CLAIM_WORDS="Mine,SOLD").sale.words_alone == ("mine", "sold")
    chosen = load(SALE__CLAIM_WORDS="mine,sold", SALE__BARE_WORDS="mine").sale
    assert chosen.words_alone == ("mine",)
    assert load(SALE__BARE_WORDS="[]").sale.words_alone == ()


# --- what is refused ---


@pytest.mark.parametrize(
    ("variable", "value", "sentence"),
    [
        ("SHOP__TIMEZONE", "Mars", "is 'Mars', no time zone; write it like Europe/Berlin."),
        ("SHOP__CURRENCY", "gold", "is 'gold', no currency; write its three letters, such as EUR."),
        ("SHOP__LOCALE", "xx_YY", "is 'xx_YY', no locale; write it like de_DE."),
        ("SHOP__COPY_FILE", "nix.yaml", "is 'nix.yaml', which is no file; check the path."),
        ("WEB__PORT", "99999", "cannot be '99999'; it takes a number up to 65535."),
        ("WEB__STAGE", "perhaps", "cannot be 'perhaps'; it takes true or false."),
        ("DISCORD__GUILD_ID", "mine", "cannot be 'mine'; it takes a whole number."),
        ("DISCORD__GUILD_ID", "0", "cannot be '0'; it takes a number above 0."),
        ("DISCORD__STREAM_CHANNEL_IDS", "1,x", "cannot be 'x'; it takes a whole number."),
        ("DISCORD__STREAM_CHANNEL_IDS", "[1,", 'is no list; write it like 1,2 or ["1", "2"].'),
        ("DISCORD__API_URL", "discord", "is no address; it starts with https://."),
        ("SLACK__CHANNELS__ALERTS", "#all", "is '#all', no id of Slack; write it like C0123ABCD."),
        ("SALE__REPEATS", "rise", "cannot be 'rise'; it takes 'raise', 'set', 'add' or 'ignore'."),
        ("SALE__CLAIM_WORDS", "gimme", "has no word 'gimme'; it takes " + ", ".join(CLAIM_WORDS)),
        ("SALE__CLAIM_WORDS", "[]", "is empty; give it a value or take it out."),
        ("SALE__BARE_WORDS", "yes", "names 'yes', which is not among sale.claim_words."),
        ("SALE__STREAM_DELAY_SECONDS", "nan", "cannot be 'nan'; it takes a number."),
        ("SALE__HOLD_HOURS", "0", "cannot be '0'; it takes a number from 1 up."),
        ("SALE__PAUSE_PERCENT", "20", "must be below sale.amber_percent, which is 20."),
        ("SALE__OFFER_UNTIL_HOUR", "9", "must be later than sale.offer_from_hour, which is 9."),
        (
            "TEAM__QUIET_HOURS__PACKING",
            "at night",
            "is 'at night', no quiet hours; write them like 22:00-07:00.",
        ),
        ("SALE__IDLE_END_HOURS", "1", "must be longer than sale.idle_ask_minutes, which is 60."),
    ],
)
def test_a_bad_value_is_refused_in_one_sentence(variable: str, value: str, sentence: str) -> None:
    (problem,) = problems(**{variable: value})
    name = variable.lower().replace("__", ".")
    assert problem.startswith(f"ANDON_{variable}: {name} {sentence.rstrip('.')}")


def test_a_bad_value_in_the_file_is_named_by_its_line(config: ConfigFile) -> None:
    path = config('[sale]\nhold_hours = 12\n# why not\nrepeats = "rise"\n\n[web]\nport = "x"\n')
    assert problems(path) == (
        "andon.toml:7: web.port cannot be 'x'; it takes a whole number.",
        "andon.toml:4: sale.repeats cannot be 'rise'; it takes 'raise', 'set', 'add' or 'ignore'.",
    )


def test_a_value_that_quarrels_with_a_default_is_found_where_it_stands() -> None:
    assert problems(SALE__AMBER_PERCENT="5") == (
        "ANDON_SALE__AMBER_PERCENT: sale.pause_percent must be below sale.amber_percent, "
        "which is 5.",
    )


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("[sale]\nrepeat = 1", "andon.toml:2: There is no setting sale.repeat; did you mean "),
        ("[shop]\n[shopp]\nname = 'x'", "andon.toml:2: There is no setting shopp; did you mean"),
        ("host = '::1'", "andon.toml:1: There is no setting host; did you mean web.host?"),
        ("shop = 3", "andon.toml:1: shop is a section; write [shop] and its settings below."),
        ("shop = { nme = 'x' }", "andon.toml:1: There is no setting shop.nme; did you mean"),
        ("a = \n", "andon.toml:1: This is not TOML: Invalid value."),
        ("zzz.qqq = 1", "andon.toml:1: There is no setting zzz; take it out"),
    ],
)
def test_what_the_file_should_not_say(config: ConfigFile, text: str, problem: str) -> None:
    (told,) = problems(config(text))
    assert told.startswith(problem)


@pytest.mark.parametrize(
    ("variable", "advice"),
    [
        ("DISCORD_TOKEN", "did you mean ANDON_DISCORD__TOKEN?"),
        ("DISCORD__TOKENS", "did you mean ANDON_DISCORD__TOKEN?"),
        ("SALE__SOFTPAUSE", "did you mean ANDON_SALE__SOFT_PAUSE?"),
        ("WVX", "unset it."),
    ],
)
def test_an_unknown_variable_is_answered_with_the_nearest(variable: str, advice: str) -> None:
    assert problems(**{variable: ""}) == (f"ANDON_{variable}: There is no such setting; {advice}",)


def test_an_unknown_override_is_refused() -> None:
    with pytest.raises(SettingsError, match=r"no setting web\.prt; did you mean web\.port"):
        load_settings(environ={}, web__prt=1)


def test_all_problems_are_told_at_once(config: ConfigFile) -> None:
    path = config("[web]\nport = -1\nprot = 1\n[sale]\nhold_hours = 0\n")
    told = problems(path, SALE__REPEATS="rise", SHOPS="1", SHOP__LOCALE="?", WEB__HOST=EVERYWHERE)
    assert len(told) == 7


# --- safety ---


@pytest.mark.parametrize("host", [EVERYWHERE, "::", "192.168.1.5", "andon.example"])
def test_a_host_that_others_can_reach_needs_a_token(host: str) -> None:
    (problem,) = problems(WEB__HOST=host)
    assert problem == (
        f"ANDON_WEB__HOST: web.token is missing, though web.host {host} can be reached from "
        "other machines; set a token, or the host 127.0.0.1."
    )
    assert load(WEB__HOST=host, WEB__TOKEN="hush").web.host == host


@pytest.mark.parametrize("host", ["127.0.0.1", "127.0.0.2", "localhost", "::1", "[::1]"])
def test_this_machine_needs_no_token(host: str) -> None:
    assert load(WEB__HOST=host).web.token is None


def test_the_local_stage_is_open_beside_slack_on_this_machine_in_socket_mode() -> None:
    socket = {"SLACK__BOT_TOKEN": SECRET, "SLACK__APP_TOKEN": SECRET, "WEB__STAGE": "true"}
    assert load(**socket).web.stage
    (problem,) = problems(**socket, WEB__HOST="0.0.0.0", WEB__TOKEN=SECRET)  # noqa: S104
    assert "on this machine alone: web.host 127.0.0.1, and Socket Mode" in problem
    (problem,) = problems(**socket, DISCORD__TOKEN=SECRET)
    assert "while Discord is configured" in problem


@pytest.mark.parametrize("token", ["DISCORD__TOKEN", "SLACK__BOT_TOKEN"])
def test_the_local_stage_and_a_real_platform_exclude_each_other(token: str) -> None:
    (problem,) = problems(WEB__STAGE="true", **{token: SECRET})
    platform = token.partition("__")[0].capitalize()
    assert problem.startswith("ANDON_WEB__STAGE: web opens the local stage (web.stage)")
    assert f"while {platform} is configured" in problem
    assert load(WEB__STAGE="true").web.stage


@pytest.mark.parametrize("url", ["postgresql://a:hush@h/x", "mysql://h/x", "andon.db", ""])
def test_a_database_that_andon_does_not_know_is_refused_without_its_password(url: str) -> None:
    with pytest.raises(SettingsError) as error:
        load_settings(environ={}, database_url=url)
    (problem,) = error.value.problems
    assert "write sqlite+aiosqlite:///FILE or postgresql+asyncpg://" in problem
    assert "hush" not in problem


SECRETS = [setting for setting in every_setting() if setting.secret]


def test_the_secrets_are_known() -> None:
    assert {setting.name for setting in SECRETS} == {
        "database_url",
        "discord.token",
        "slack.bot_token",
        "slack.app_token",
        "slack.signing_secret",
        "web.token",
        "stripe.api_key",
        "stripe.webhook_secret",
        "hook.secret",
        "privacy.keys",
    }


@pytest.mark.parametrize("setting", SECRETS, ids=lambda setting: setting.name)
@pytest.mark.parametrize("value", [f"{SECRET} x", f"{SECRET}\nx", {SECRET: SECRET}, [SECRET], 5])
def test_a_secret_is_in_no_error(setting: Setting, value: Any) -> None:
    with pytest.raises(SettingsError) as error:
        load_settings(environ={}, **{"__".join(setting.key): value})
    assert SECRET not in "".join((str(error.value), repr(error.value)))
    assert error.value.__cause__ is None
    assert error.value.__suppress_context__


def test_a_secret_is_in_no_text_of_the_settings() -> None:
    url = f"postgresql+asyncpg://andon:{SECRET}@localhost/andon"
    variables = {setting.variable: SECRET for setting in SECRETS} | {"ANDON_PRIVACY__KEYS": KEY}
    settings = load_settings(environ=variables | {"ANDON_DATABASE_URL": url})
    assert SECRET not in repr(settings) + str(settings)
    assert KEY not in repr(settings) + str(settings)
    assert settings.discord.token is not None
    assert settings.discord.token.get_secret_value() == SECRET


def test_a_copied_token_loses_the_space_around_it() -> None:
    token = load(DISCORD__TOKEN=f" {SECRET}\n").discord.token
    assert token is not None
    assert token.get_secret_value() == SECRET


def test_every_setting_says_in_a_sentence_what_it_is_for() -> None:
    for setting in every_setting():
        assert setting.description.endswith("."), setting.name
        assert len(setting.description) > 12, setting.name
    assert len({setting.description for setting in every_setting()}) > 60


@given(st.text(max_size=80))
def test_no_file_does_worse_than_be_refused(text: str) -> None:
    path = Path("any.toml")
    path.write_bytes(text.encode("utf-8", "surrogatepass"))
    with suppress(SettingsError):
        assert load_settings(path, {}).shop.name


@given(
    st.dictionaries(
        st.sampled_from([setting.variable for setting in every_setting()]), st.text(max_size=20)
    )
)
def test_no_variable_does_worse_than_be_refused(environ: dict[str, str]) -> None:
    with suppress(SettingsError):
        assert load_settings(environ=environ).shop.name
