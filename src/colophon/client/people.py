"""Who asks, and who works here."""

from collections.abc import Iterable, Sequence

from colophon.client.connection import Connection, View, at


class People(Connection):
    # whoever asks

    def me(self) -> View:
        """Who the token is of, and its roles."""
        return self._json("GET", "/me")

    def sign_ins(self) -> list[View]:
        """Where they are signed in."""
        return self._rows("GET", "/me/sign-ins", name="sign_ins")

    def sign_out(self) -> int:
        """Everywhere; how many sign-ins ended. Tokens stay."""
        return int(self._json("DELETE", "/me/sign-ins")["ended"])

    def tokens(self) -> list[View]:
        return self._rows("GET", "/me/tokens", name="tokens")

    def make_token(
        self, title: str, *, days: int = 90, roles: Sequence[str] | None = None, brands: Sequence[str] | None = None
    ) -> View:
        """Another one, that may do no more than this one; ``token`` is shown this once."""
        body = {"title": title, "days": days, "roles": roles and list(roles), "brands": brands and list(brands)}
        return self._json("POST", "/me/tokens", json=body)

    def end_token(self, token: str) -> None:
        self._send("DELETE", at("me", "tokens", token))

    # accounts

    def accounts(self) -> list[View]:
        """Everybody who works or worked here."""
        return self._rows("GET", "/accounts", name="accounts")

    def account(self, account: str) -> View:
        return self._json("GET", at("accounts", account))

    def add_account(self, name: str, grants: Iterable[str]) -> View:
        """``grants``: ``role`` for all brands, ``role@Brand`` for one."""
        return self._json("POST", "/accounts", json={"name": name, "grants": _grants(grants)})

    def grant(self, account: str, grants: Iterable[str]) -> View:
        """These roles and no others."""
        return self._json("PUT", at("accounts", account, "grants"), json={"grants": _grants(grants)})

    def limit(self, account: str, limit: str | None) -> View:
        """What they may spend in a month; None: what everybody may."""
        return self._json("PUT", at("accounts", account, "limit"), json={"limit": limit})

    def sign_out_account(self, account: str) -> int:
        """Everywhere; how many sign-ins ended."""
        return int(self._json("DELETE", at("accounts", account, "sign-ins"))["ended"])

    def close_account(self, account: str) -> View:
        return self._json("POST", at("accounts", account, "close"))


def _grants(texts: Iterable[str]) -> list[View]:
    pairs = [text.partition("@") for text in texts]
    return [{"role": role.strip()} | ({"brand": brand.strip()} if brand.strip() else {}) for role, _, brand in pairs]
