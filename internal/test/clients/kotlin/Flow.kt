import com.squareup.moshi.JsonAdapter
import okhttp3.OkHttpClient
import store.apis.AccountApi
import store.apis.CatalogApi
import store.apis.PurchasesApi
import store.apis.QuotesApi
import store.apis.ServersApi
import store.apis.ServicesApi
import store.infrastructure.ClientError
import store.infrastructure.ClientException
import store.infrastructure.Serializer
import store.models.ActionStatus
import store.models.AgentCreateRequest
import store.models.AuditOperation
import store.models.DryRunOutcome
import store.models.ErrorCode
import store.models.KeyCreateRequest
import store.models.KeyStatus
import store.models.PolicyRequest
import store.models.PowerState
import store.models.Problem
import store.models.PurchaseCreateRequest
import store.models.PurchaseStatus
import store.models.QuoteCreateRequest
import store.models.Role
import store.models.Scope
import store.models.Sees
import store.models.ServerReinstallRequest
import store.models.ServiceStatus
import store.models.SpendLimitRequest

// A member hires an agent, which buys a server and operates it: with the client that openapi-generator makes of the
// document.
fun main(args: Array<String>) {
    val (store, cookie, session) = args
    val member = AccountApi(store, sending("Cookie", "$cookie=$session"))
    val flow = Flow(store, sending("Authorization", "Bearer ${hire(member)}"))
    val serviceId = flow.buy()
    flow.operate(serviceId)
    look(member, serviceId)
    println(serviceId)
}

fun sending(header: String, value: String): OkHttpClient =
    OkHttpClient.Builder()
        .addInterceptor { chain -> chain.proceed(chain.request().newBuilder().header(header, value).build()) }
        .build()

fun expect(what: String, got: Any?, want: Any?) = check(got == want) { "$what: $got, want $want" }

fun hire(member: AccountApi): String {
    expect("role", member.accountGet().me.role, Role.owner)
    val agentId = member.agentCreate(AgentCreateRequest(name = "Kotlin", sees = Sees.own)).agent.id

    val most = 10_000_000_000L
    val limits = listOf(SpendLimitRequest(currency = "usd", perPurchaseMinor = most))
    val policy = member.agentPolicySet(agentId, policyRequest = PolicyRequest(limits = limits, regions = listOf("eu-west"))).policy
    expect("limit", policy.limits[0].perPurchaseMinor, most)

    val scopes =
        listOf(
            Scope.catalogColonRead,
            Scope.quotesColonRead,
            Scope.quotesColonWrite,
            Scope.purchasesColonWrite,
            Scope.servicesColonRead,
            Scope.serversColonRestart,
            Scope.serversColonReinstall,
        )
    val made = member.keyCreate(agentId, KeyCreateRequest(name = "flow", scopes = scopes))
    expect("status of the key", made.key.status, KeyStatus.good)
    return made.secret
}

class Flow(private val store: String, private val agent: OkHttpClient) {
    fun buy(): String {
        val catalog = CatalogApi(store, agent)
        val itemId = catalog.catalogSearch(category = "compute", q = "vps", limit = 3).items[0].id
        expect("first hit", itemId, "cat_vps_micro")
        val example = catalog.catalogCheckoutRequirements(itemId).configurationExample
        val configuration = example + mapOf("region" to "eu-west", "backupsEnabled" to true)

        val quotes = QuotesApi(store, agent)
        val quote = quotes.quoteCreate(QuoteCreateRequest(itemId, configuration)).quote
        expect("price", quote.totalPriceMinor, 2400L)

        val purchases = PurchasesApi(store, agent)
        val order = PurchaseCreateRequest(quoteId = quote.id, idempotencyKey = "kotlin-1")
        val rehearsed = purchases.purchaseCreate(order.copy(dryRun = true))
        expect("outcome of a dry run", rehearsed.dryRun?.outcome, DryRunOutcome.completed)
        val bought = purchases.purchaseCreate(order)
        expect("status of the purchase", bought.purchase?.status, PurchaseStatus.completed)
        expect("purchase", purchases.purchaseCreate(order).purchase?.id, bought.purchase?.id)
        val item = PurchaseCreateRequest(catalogItemId = itemId, configuration = configuration)
        expect("quote of a direct purchase", purchases.purchaseCreate(item, "kotlin-2").purchase?.quoteId, null)

        expect("code", codeOf { quotes.quoteGet("quo_unknown") }, ErrorCode.not_found)
        return checkNotNull(bought.service).id
    }

    fun operate(serviceId: String) {
        val services = ServicesApi(store, agent)
        until { services.serviceGet(serviceId).service.status == ServiceStatus.active }
        expect("power", services.serviceGet(serviceId).service.server.powerState, PowerState.running)
        val settle = { actionId: String ->
            until { services.actionGet(serviceId, actionId).action.status == ActionStatus.succeeded }
        }

        val servers = ServersApi(store, agent)
        val restart = servers.serverRestart(serviceId)
        expect("restart", restart.status, "accepted")
        settle(restart.actionId)
        val image = "nvidia-ai-ubuntu"
        val reinstall = servers.serverReinstall(serviceId, serverReinstallRequest = ServerReinstallRequest(image))
        expect("image", reinstall.server.image, image)
        settle(reinstall.actionId)
    }
}

// codeOf is the code of the problem that a call ends with.
fun codeOf(call: () -> Unit): ErrorCode? {
    val problems: JsonAdapter<Problem> = Serializer.moshi.adapter(Problem::class.java)
    try {
        call()
        return null
    } catch (e: ClientException) {
        return problems.fromJson((e.response as ClientError<*>).body as String)?.code
    }
}

fun look(member: AccountApi, serviceId: String) {
    expect("service", member.accountServiceList(limit = 100).services.any { it.id == serviceId }, true)
    expect("entry", member.ledgerList(limit = 2).propertyEntries[1].amountMinor, -2400L)
    val trail = member.auditExportCsv(operation = AuditOperation.purchase_create).readText()
    expect("header of the audit trail", trail.startsWith("\"id\",\"at\""), true)
}

fun until(done: () -> Boolean) {
    repeat(100) {
        if (done()) return
        Thread.sleep(100)
    }
    error("it takes too long")
}
