import com.fasterxml.jackson.core.JsonProcessingException;
import java.io.File;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpRequest;
import java.nio.file.Files;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.Callable;
import java.util.function.Consumer;
import store.ApiClient;
import store.ApiException;
import store.api.AccountApi;
import store.api.CatalogApi;
import store.api.PurchasesApi;
import store.api.QuotesApi;
import store.api.ServersApi;
import store.api.ServicesApi;
import store.model.ActionStatus;
import store.model.AgentCreateRequest;
import store.model.AuditOperation;
import store.model.DryRunOutcome;
import store.model.ErrorCode;
import store.model.KeyCreateRequest;
import store.model.KeyStatus;
import store.model.PolicyRequest;
import store.model.PowerState;
import store.model.Problem;
import store.model.PurchaseCreateRequest;
import store.model.PurchaseStatus;
import store.model.QuoteCreateRequest;
import store.model.Role;
import store.model.Scope;
import store.model.Sees;
import store.model.ServerReinstallRequest;
import store.model.ServiceStatus;
import store.model.SpendLimitRequest;

/**
 * A member hires an agent, which buys a server and operates it: with the client that openapi-generator makes of the
 * document.
 */
final class Flow {
    private final ApiClient agent;

    private Flow(ApiClient agent) {
        this.agent = agent;
    }

    public static void main(String[] args) throws Exception {
        String store = args[0];
        String session = args[1] + "=" + args[2];
        AccountApi member = new AccountApi(client(store, request -> request.header("Cookie", session)));
        String key = hire(member);
        Flow flow = new Flow(client(store, request -> request.header("Authorization", "Bearer " + key)));
        String serviceId = flow.buy();
        flow.operate(serviceId);
        look(member, serviceId);
        System.out.println(serviceId);
    }

    private static ApiClient client(String store, Consumer<HttpRequest.Builder> as) {
        ApiClient client = new ApiClient();
        client.updateBaseUri(URI.create(store).toString());
        client.setRequestInterceptor(as);
        return client;
    }

    private static void expect(String what, Object got, Object want) {
        if (!Objects.equals(got, want)) {
            throw new AssertionError(what + ": " + got + ", want " + want);
        }
    }

    private static String hire(AccountApi member) throws ApiException {
        expect("role", member.accountGet().getMe().getRole(), Role.OWNER);
        String agentId =
                member.agentCreate(new AgentCreateRequest().name("Java").sees(Sees.OWN), null).getAgent().getId();

        long most = 10_000_000_000L;
        SpendLimitRequest limit = new SpendLimitRequest().currency("usd").perPurchaseMinor(most);
        PolicyRequest policy = new PolicyRequest().limits(List.of(limit)).regions(List.of("eu-west"));
        expect(
                "limit",
                member.agentPolicySet(agentId, null, null, policy).getPolicy().getLimits().get(0).getPerPurchaseMinor(),
                most);

        List<Scope> scopes =
                List.of(
                        Scope.CATALOG_READ,
                        Scope.QUOTES_READ,
                        Scope.QUOTES_WRITE,
                        Scope.PURCHASES_WRITE,
                        Scope.SERVICES_READ,
                        Scope.SERVERS_RESTART,
                        Scope.SERVERS_REINSTALL);
        // This generator sends an empty list for one that is left out, and an empty one would allow no network.
        var made = member.keyCreate(agentId, new KeyCreateRequest().name("flow").scopes(scopes).allowedIps(null), null);
        expect("status of the key", made.getKey().getStatus(), KeyStatus.GOOD);
        return made.getSecret();
    }

    private String buy() throws ApiException, JsonProcessingException {
        CatalogApi catalog = new CatalogApi(agent);
        String itemId = catalog.catalogSearch("compute", "vps", 3, null).getItems().get(0).getId();
        expect("first hit", itemId, "cat_vps_micro");

        Map<String, Object> configuration =
                new HashMap<>(catalog.catalogCheckoutRequirements(itemId).getConfigurationExample());
        configuration.putAll(Map.of("region", "eu-west", "backupsEnabled", true));

        QuotesApi quotes = new QuotesApi(agent);
        var order = new QuoteCreateRequest().catalogItemId(itemId)._configuration(configuration);
        var quote = quotes.quoteCreate(order, null).getQuote();
        expect("price", quote.getTotalPriceMinor(), 2400L);

        PurchasesApi purchases = new PurchasesApi(agent);
        var purchase = new PurchaseCreateRequest().quoteId(quote.getId()).idempotencyKey("java-1");
        var rehearsal = new PurchaseCreateRequest().quoteId(quote.getId()).dryRun(true);
        var rehearsed = purchases.purchaseCreate(rehearsal, null).getDryRun();
        expect("outcome of a dry run", rehearsed.getOutcome(), DryRunOutcome.COMPLETED);
        var bought = purchases.purchaseCreate(purchase, null);
        expect("status of the purchase", bought.getPurchase().getStatus(), PurchaseStatus.COMPLETED);
        var again = purchases.purchaseCreate(purchase, null);
        expect("purchase", again.getPurchase().getId(), bought.getPurchase().getId());
        var direct =
                purchases.purchaseCreate(
                        new PurchaseCreateRequest().catalogItemId(itemId)._configuration(configuration), "java-2");
        expect("quote of a direct purchase", direct.getPurchase().getQuoteId(), null);

        try {
            quotes.quoteGet("quo_unknown");
            throw new AssertionError("there is a quote quo_unknown");
        } catch (ApiException e) {
            Problem problem = ApiClient.createDefaultObjectMapper().readValue(e.getResponseBody(), Problem.class);
            expect("code", problem.getCode(), ErrorCode.NOT_FOUND);
        }
        return bought.getService().getId();
    }

    private void operate(String serviceId) throws Exception {
        ServicesApi services = new ServicesApi(agent);
        until(() -> services.serviceGet(serviceId).getService().getStatus() == ServiceStatus.ACTIVE);
        expect(
                "power",
                services.serviceGet(serviceId).getService().getServer().getPowerState(),
                PowerState.RUNNING);

        ServersApi servers = new ServersApi(agent);
        var restart = servers.serverRestart(serviceId, "java-3", null);
        expect("restart", restart.getStatus(), "accepted");
        settle(services, serviceId, restart.getActionId());

        String image = "nvidia-ai-ubuntu";
        var reinstall = servers.serverReinstall(serviceId, null, new ServerReinstallRequest().image(image));
        expect("image", reinstall.getServer().getImage(), image);
        settle(services, serviceId, reinstall.getActionId());
    }

    private static void settle(ServicesApi services, String serviceId, String actionId) throws Exception {
        until(() -> services.actionGet(serviceId, actionId).getAction().getStatus() == ActionStatus.SUCCEEDED);
    }

    private static void look(AccountApi member, String serviceId) throws ApiException, IOException {
        boolean there =
                member.accountServiceList(100, null, null, null, null, null).getServices().stream()
                        .anyMatch(service -> service.getId().equals(serviceId));
        expect("service", there, true);
        expect("entry", member.ledgerList(2, null, null).getEntries().get(1).getAmountMinor(), -2400L);
        File trail = member.auditExportCsv(AuditOperation.PURCHASE_CREATE, null, null, null, null, null, null, null, null);
        expect("header of the audit trail", Files.readString(trail.toPath()).startsWith("\"id\",\"at\""), true);
    }

    private static void until(Callable<Boolean> done) throws Exception {
        for (int attempts = 0; !done.call(); attempts++) {
            if (attempts == 100) {
                throw new AssertionError("it takes too long");
            }
            Thread.sleep(100);
        }
    }
}
