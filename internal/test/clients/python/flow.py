"""A member hires an agent, which buys a server and operates it: with the client that openapi-python-client makes of the
document."""

import sys
import time
from collections.abc import Callable
from typing import TypeVar

from store import AuthenticatedClient
from store.api.account import (
    account_get,
    account_service_list,
    agent_create,
    agent_policy_set,
    audit_export_csv,
    key_create,
    ledger_list,
)
from store.api.catalog import catalog_checkout_requirements, catalog_search
from store.api.purchases import purchase_create
from store.api.quotes import quote_create, quote_get
from store.api.servers import server_reinstall, server_restart
from store.api.services import action_get, service_get
from store.models import (
    ActionStatus,
    AgentCreateRequest,
    AuditOperation,
    DryRunOutcome,
    KeyCreateRequest,
    KeyStatus,
    PolicyRequest,
    PowerState,
    Problem,
    PurchaseCreateRequest,
    PurchaseCreateRequestConfiguration,
    PurchaseStatus,
    QuoteCreateRequest,
    QuoteCreateRequestConfiguration,
    Role,
    Scope,
    Sees,
    ServerReinstallRequest,
    ServerRestartRequest,
    ServiceStatus,
    SpendLimitRequest,
)
from store.types import UNSET, Unset

T = TypeVar("T")


def good(answer: T | Problem | None) -> T:
    if answer is None or isinstance(answer, Problem):
        raise AssertionError(answer)
    return answer


def known(member: T | Unset) -> T:
    if isinstance(member, Unset):
        raise AssertionError("a member is missing")
    return member


def expect(what: str, got: object, want: object) -> None:
    if got != want:
        raise AssertionError(f"{what}: {got!r}, want {want!r}")


def until(done: Callable[[], bool]) -> None:
    for _ in range(100):
        if done():
            return
        time.sleep(0.1)
    raise AssertionError("it takes too long")


def hire(member: AuthenticatedClient) -> str:
    expect("role", good(account_get.sync(client=member)).me.role, Role.OWNER)
    agent = good(agent_create.sync(client=member, body=AgentCreateRequest(name="Python", sees=Sees.OWN))).agent
    limit = SpendLimitRequest(currency="usd", per_purchase_minor=10_000_000_000)
    policy = PolicyRequest(limits=[limit], regions=["eu-west"])
    made_policy = good(agent_policy_set.sync(agent.id, client=member, body=policy)).policy
    expect("limit", made_policy.limits[0].per_purchase_minor, 10_000_000_000)
    scopes = [
        Scope.CATALOGREAD,
        Scope.QUOTESREAD,
        Scope.QUOTESWRITE,
        Scope.PURCHASESWRITE,
        Scope.SERVICESREAD,
        Scope.SERVERSRESTART,
        Scope.SERVERSREINSTALL,
    ]
    made = good(key_create.sync(agent.id, client=member, body=KeyCreateRequest(name="flow", scopes=scopes)))
    expect("status of the key", made.key.status, KeyStatus.GOOD)
    return made.secret


def buy(agent: AuthenticatedClient) -> str:
    items = good(catalog_search.sync(client=agent, category="compute", q="vps", limit=3)).items
    expect("first hit", items[0].id, "cat_vps_micro")

    needed = good(catalog_checkout_requirements.sync(items[0].id, client=agent))
    chosen = needed.configuration_example.to_dict() | {"region": "eu-west", "backupsEnabled": True}

    order = QuoteCreateRequest(items[0].id, QuoteCreateRequestConfiguration.from_dict(chosen))
    quote = good(quote_create.sync(client=agent, body=order)).quote
    expect("price", quote.total_price_minor, 2400)

    body = PurchaseCreateRequest(quote_id=quote.id, idempotency_key="python-1")
    rehearsal = PurchaseCreateRequest(quote_id=quote.id, dry_run=True)
    rehearsed = known(good(purchase_create.sync(client=agent, body=rehearsal)).dry_run)
    expect("outcome of a dry run", rehearsed.outcome, DryRunOutcome.COMPLETED)
    bought = good(purchase_create.sync(client=agent, body=body))
    purchase = known(bought.purchase)
    expect("status of the purchase", purchase.status, PurchaseStatus.COMPLETED)
    again = known(good(purchase_create.sync(client=agent, body=body)).purchase)
    expect("purchase", again.id, purchase.id)
    body = PurchaseCreateRequest(
        catalog_item_id=items[0].id, configuration=PurchaseCreateRequestConfiguration.from_dict(chosen)
    )
    direct = good(purchase_create.sync(client=agent, body=body, idempotency_key="python-2"))
    expect("quote of a direct purchase", known(direct.purchase).quote_id, UNSET)

    service_id = known(bought.service).id
    until(lambda: good(service_get.sync(service_id, client=agent)).service.status == ServiceStatus.ACTIVE)
    server = good(service_get.sync(service_id, client=agent)).service.server
    expect("power", server.power_state, PowerState.RUNNING)

    def settle(action_id: str) -> None:
        until(
            lambda: good(action_get.sync(service_id, action_id, client=agent)).action.status == ActionStatus.SUCCEEDED
        )

    restart = good(server_restart.sync(service_id, client=agent, body=ServerRestartRequest(idempotency_key="python-3")))
    expect("restart", restart.status, "accepted")
    settle(restart.action_id)
    image = "nvidia-ai-ubuntu"
    reinstall = good(server_reinstall.sync(service_id, client=agent, body=ServerReinstallRequest(image)))
    expect("image", reinstall.server.image, image)
    settle(reinstall.action_id)

    unknown = quote_get.sync("quo_unknown", client=agent)
    expect("code", unknown.code if isinstance(unknown, Problem) else unknown, "not_found")
    return service_id


def main(store: str, cookie: str, session: str) -> None:
    member = AuthenticatedClient(store, token=f"{cookie}={session}", prefix="", auth_header_name="Cookie")
    service_id = buy(AuthenticatedClient(store, token=hire(member)))
    services = good(account_service_list.sync(client=member, limit=100)).services
    expect("service", service_id in [service.id for service in services], True)
    expect("entry", good(ledger_list.sync(client=member, limit=2)).entries[1].amount_minor, -2400)
    trail = good(audit_export_csv.sync(client=member, operation=AuditOperation.PURCHASE_CREATE))
    expect("header of the audit trail", trail.payload.read(9), b'"id","at"')
    print(service_id)


main(*sys.argv[1:])
