// A member hires an agent, which buys a server and operates it: with the client that openapi-typescript and
// openapi-fetch make of the document.
import createClient, { type Middleware } from "openapi-fetch";
import type { components, paths } from "./store.js";

type Problem = components["schemas"]["Problem"];

const [store, cookie, session] = process.argv.slice(2) as [string, string, string];

function expect<T>(what: string, got: T, want: T): void {
  if (got !== want) {
    throw new Error(`${what}: ${String(got)}, want ${String(want)}`);
  }
}

function good<T>(answer: { data?: T; error?: Problem }): T {
  if (answer.data === undefined) {
    throw new Error(`${answer.error?.code}: ${answer.error?.detail}`);
  }
  return answer.data;
}

const loggedIn: Middleware = {
  onRequest({ request }) {
    request.headers.set("Cookie", `${cookie}=${session}`);
    return request;
  },
};

const member = createClient<paths>({ baseUrl: store });
member.use(loggedIn);

async function hire(): Promise<string> {
  expect("role", good(await member.GET("/v1/account")).me.role, "owner");
  const { agent } = good(await member.POST("/v1/account/agents", { body: { name: "TypeScript", sees: "own" } }));
  const path = { agentId: agent.id };
  const { policy } = good(
    await member.PUT("/v1/account/agents/{agentId}/policy", {
      params: { path },
      body: { limits: [{ currency: "usd", perPurchaseMinor: 10_000_000_000 }], regions: ["eu-west"] },
    }),
  );
  expect("limit", policy.limits[0]?.perPurchaseMinor, 10_000_000_000);
  const made = good(
    await member.POST("/v1/account/agents/{agentId}/keys", {
      params: { path },
      body: {
        name: "flow",
        scopes: ["catalog:read", "quotes:write", "quotes:read", "purchases:write", "services:read", "servers:restart", "servers:reinstall"],
      },
    }),
  );
  expect("status of the key", made.key.status, "good");
  return made.secret;
}

async function buy(key: string): Promise<string> {
  const agent = createClient<paths>({ baseUrl: store, headers: { Authorization: `Bearer ${key}` } });

  const { items } = good(
    await agent.GET("/v1/agent/catalog", { params: { query: { category: "compute", q: "vps", limit: 3 } } }),
  );
  const catalogItemId = items[0]?.id ?? "";
  expect("first hit", catalogItemId, "cat_vps_micro");

  const requirements = good(
    await agent.GET("/v1/agent/catalog/{catalogItemId}/checkout-requirements", { params: { path: { catalogItemId } } }),
  );
  const configuration = { ...requirements.configurationExample, region: "eu-west", backupsEnabled: true };

  const { quote } = good(await agent.POST("/v1/agent/quotes", { body: { catalogItemId, configuration } }));
  expect("price", quote.totalPriceMinor, 2400);

  const body = { quoteId: quote.id, idempotencyKey: "typescript-1" };
  const rehearsed = good(await agent.POST("/v1/agent/purchases", { body: { ...body, dryRun: true } }));
  expect("outcome of a dry run", rehearsed.dryRun?.outcome, "completed");
  const bought = good(await agent.POST("/v1/agent/purchases", { body }));
  expect("status of the purchase", bought.purchase?.status, "completed");
  const again = good(await agent.POST("/v1/agent/purchases", { body }));
  expect("purchase", again.purchase?.id, bought.purchase?.id);
  const direct = good(
    await agent.POST("/v1/agent/purchases", {
      body: { catalogItemId, configuration },
      params: { header: { "Idempotency-Key": "typescript-2" } },
    }),
  );
  expect("quote of a direct purchase", direct.purchase?.quoteId, undefined);

  const serviceId = bought.service?.id ?? "";
  const path = { serviceId };
  const read = async () => good(await agent.GET("/v1/agent/services/{serviceId}", { params: { path } })).service;
  await until(async () => (await read()).status === "active");
  expect("power", (await read()).server.powerState, "running");

  const settled = async (actionId: string) =>
    until(async () => {
      const answer = await agent.GET("/v1/agent/services/{serviceId}/actions/{actionId}", {
        params: { path: { serviceId, actionId } },
      });
      return good(answer).action.status === "succeeded";
    });
  const restart = good(await agent.POST("/v1/agent/services/{serviceId}/server/restart", { params: { path } }));
  expect("restart", restart.status, "accepted");
  await settled(restart.actionId);

  const image = "nvidia-ai-ubuntu";
  const reinstall = good(
    await agent.POST("/v1/agent/services/{serviceId}/server/reinstall", { params: { path }, body: { image } }),
  );
  expect("image", reinstall.server.image, image);
  await settled(reinstall.actionId);

  const { error } = await agent.GET("/v1/agent/quotes/{quoteId}", { params: { path: { quoteId: "quo_unknown" } } });
  expect("code", error?.code, "not_found");
  return serviceId;
}

async function until(done: () => Promise<boolean>): Promise<void> {
  for (let attempts = 0; !(await done()); attempts++) {
    if (attempts === 100) {
      throw new Error("it takes too long");
    }
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
}

const serviceId = await buy(await hire());
const { services } = good(await member.GET("/v1/account/services", { params: { query: { limit: 100 } } }));
expect("service", services.some((service) => service.id === serviceId), true);
const { entries } = good(await member.GET("/v1/account/ledger", { params: { query: { limit: 2 } } }));
expect("entry", entries[1]?.amountMinor, -2400);
const csv = await member.GET("/v1/account/audit.csv", { params: { query: { operation: "purchase_create" } }, parseAs: "text" });
expect("header of the audit trail", csv.data?.startsWith('"id","at"'), true);
console.log(serviceId);
