"""The `views.*` methods, and what becomes of a form that is sent."""

from tests.fakes.discord.changes import Changes
from tests.fakes.slack.acts import Act, Acts
from tests.fakes.slack.api import Method, required
from tests.fakes.slack.faults import ApiError
from tests.fakes.slack.limits import check_view
from tests.fakes.slack.payloads import named, view_payload
from tests.fakes.slack.world import Json, User, View, World

__all__ = ["ViewMethods"]

_DEPTH = 3


class ViewMethods:
    """Modals, of which each person has a pile, and App Homes."""

    def __init__(self, world: World, acts: Acts, changes: Changes) -> None:
        self._world = world
        self._acts = acts
        self._changes = changes

    def methods(self) -> dict[str, Method]:
        """What it answers."""
        return {
            "views.open": Method(self.open),
            "views.push": Method(self.push),
            "views.update": Method(self.update),
            "views.publish": Method(self.publish),
        }

    def open(self, args: Json) -> Json:
        """`views.open`."""
        required(args, "trigger_id", "view")
        self._check(args["view"])
        user = self._acts.use(str(args["trigger_id"])).user
        view = self._new(user, args["view"], "modal", [])
        self._world.modals[user.id] = [view]
        return self._shown(view)

    def push(self, args: Json) -> Json:
        """`views.push`: another modal above the one that the trigger came from."""
        required(args, "trigger_id", "view")
        self._check(args["view"])
        trigger = self._acts.use(str(args["trigger_id"]))
        pile = self._world.modals.get(trigger.user.id, [])
        if trigger.view_id not in {one.id for one in pile}:
            raise ApiError("invalid_trigger_id")
        if len(pile) >= _DEPTH:
            raise ApiError("push_limit_reached")
        view = self._new(trigger.user, args["view"], "modal", pile)
        self._world.modals[trigger.user.id] = [*pile, view]
        return self._shown(view)

    def update(self, args: Json) -> Json:
        """`views.update`: by `view_id` or `external_id`, with `hash` only if it is that one."""
        required(args, "view")
        view = self._find(args)
        check_view(args["view"], view.kind)
        if args.get("hash") and args["hash"] != view.hash:
            raise ApiError("hash_conflict")
        return self._shown(self._changed(view, args["view"]))

    def publish(self, args: Json) -> Json:
        """`views.publish`: someone's App Home."""
        required(args, "user_id", "view")
        check_view(args["view"], "home")
        user = self._world.users.get(str(args["user_id"]))
        if user is None:
            raise ApiError("user_not_found")
        old = self._world.homes.get(user.id)
        if args.get("hash") and (old is None or args["hash"] != old.hash):
            raise ApiError("hash_conflict")
        if old is not None:
            return self._shown(self._changed(old, args["view"]))
        view = self._world.homes[user.id] = self._new(user, args["view"], "home", [])
        return self._shown(view)

    def submitted(self, act: Act, view: View, answer: Json | None) -> None:
        """The app has acknowledged a form: it closes, changes, or says what is wrong with it."""
        pile = self._world.modals.get(act.user.id, [])
        act.response_action = action = (answer or {}).get("response_action")
        try:
            self._carry_out(act, view, pile, action, answer or {})
        except ApiError as error:
            act.error = error.error
        self._changes.tell()

    def _carry_out(
        self, act: Act, view: View, pile: list[View], action: str | None, answer: Json
    ) -> None:
        match action:
            case None:
                self._world.modals[act.user.id] = [one for one in pile if one.id != view.id]
            case "clear":
                self._world.modals[act.user.id] = []
            case "errors":
                known = {one["block_id"] for one in view.blocks if one["type"] == "input"}
                if not answer.get("errors") or set(answer["errors"]) - known:
                    raise ApiError("invalid_errors")
                act.errors = dict(answer["errors"])
            case "update":
                check_view(answer.get("view"), "modal")
                self._changed(view, answer["view"])
            case "push":
                check_view(answer.get("view"), "modal")
                if len(pile) >= _DEPTH:
                    raise ApiError("push_limit_reached")
                new = self._new(act.user, answer["view"], "modal", pile)
                self._world.modals[act.user.id] = [*pile, new]
            case _:
                raise ApiError("invalid_response_action")

    # --- what they share --------------------------------------------------------------------

    def _check(self, payload: Json) -> None:
        check_view(payload, "modal")
        wanted = payload.get("external_id")
        piles = self._world.modals.values()
        if wanted and any(one.payload.get("external_id") == wanted for p in piles for one in p):
            raise ApiError("duplicate_external_id")

    def _find(self, args: Json) -> View:
        views = [one for pile in self._world.modals.values() for one in pile]
        for view in (*views, *self._world.homes.values()):
            external = view.payload.get("external_id")
            if args.get("view_id") == view.id:
                return view
            if args.get("external_id") and args["external_id"] == external:
                return view
        raise ApiError("not_found")

    def _new(self, user: User, payload: Json, kind: str, pile: list[View]) -> View:
        number = self._world.make_id("V")
        return View(
            id=number,
            kind=kind,
            user=user.id,
            hash=self._world.make_ts(),
            payload=self._named(payload),
            root=pile[0].id if pile else number,
            previous=pile[-1].id if pile else None,
        )

    def _changed(self, view: View, payload: Json) -> View:
        new = View(
            id=view.id,
            kind=view.kind,
            user=view.user,
            hash=self._world.make_ts(),
            payload=self._named(payload),
            root=view.root,
            previous=view.previous,
        )
        if view.kind == "home":
            self._world.homes[view.user] = new
        else:
            pile = self._world.modals[view.user]
            self._world.modals[view.user] = [new if one.id == view.id else one for one in pile]
        self._changes.tell()
        return new

    def _named(self, payload: Json) -> Json:
        return payload | {"blocks": list(named(self._world, payload["blocks"]))}

    def _shown(self, view: View) -> Json:
        return {"view": view_payload(self._world, view)}
