using System.Globalization;
using System.Text.Json.Serialization;
using AuthzEngine.Policies;
using MeshCA.ClusterAnalysis;

namespace MeshCA.Admin.Meshes;

/// <summary>A finding as <c>meshca analyze</c> prints it; scripts rely on the names of its members.</summary>
/// <param name="Code">Its code.</param>
/// <param name="Level"><c>error</c>, <c>warning</c> or <c>info</c>.</param>
/// <param name="Cluster">The cluster; empty for what concerns all.</param>
/// <param name="Object">The object.</param>
/// <param name="Message">What is wrong.</param>
/// <param name="Remedy">What to do.</param>
internal sealed record FindingReport(string Code, string Level, string Cluster, string Object, string Message, string Remedy)
{
    public static FindingReport Of(AnalysisFinding finding) => new(
        finding.Code.Id, Policies.ReportText.NameOf(finding.Severity), finding.Cluster, finding.Object, finding.Message, finding.Remedy);
}

/// <summary>A port as <c>meshca authn tls-check</c> prints it.</summary>
/// <param name="Workload">The workload.</param>
/// <param name="Port">The port; null: every other.</param>
/// <param name="Server">The mode in effect: <c>STRICT</c>, <c>PERMISSIVE</c> or <c>DISABLE</c>.</param>
/// <param name="Policy">The PeerAuthentication that says so; null: the default.</param>
/// <param name="Client">How callers speak: <c>mTLS</c>, <c>TLS</c>, <c>own mTLS</c> or <c>plaintext</c>.</param>
/// <param name="ClientBy">What says so.</param>
/// <param name="Status"><c>OK</c>, <c>CONFLICT</c> or <c>NOT ENFORCED</c>.</param>
/// <param name="Note">Why not; empty where it goes together.</param>
internal sealed record TlsCheckReport(
    string Workload, int? Port, string Server, string? Policy, string Client, string ClientBy, string Status, string Note)
{
    public static TlsCheckReport Of(MutualTlsRow row) => new(
        row.Workload, row.Port, NameOf(row.Server), row.Policy, NameOf(row.Client), row.ClientBy, NameOf(row.Status), row.Note);

    public string[] Cells() =>
    [
        Workload,
        Port?.ToString(CultureInfo.InvariantCulture) ?? "others",
        Server,
        Policy ?? "(default)",
        Client,
        ClientBy,
        Note.Length == 0 ? Status : $"{Status}: {Note}",
    ];

    private static string NameOf(MutualTlsMode mode) => mode switch
    {
        MutualTlsMode.Strict => "STRICT",
        MutualTlsMode.Disable => "DISABLE",
        _ => "PERMISSIVE",
    };

    private static string NameOf(ClientTlsMode mode) => mode switch
    {
        ClientTlsMode.MeshMutual => "mTLS",
        ClientTlsMode.OwnMutual => "own mTLS",
        ClientTlsMode.Simple => "TLS",
        _ => "plaintext",
    };

    private static string NameOf(MutualTlsStatus status) => status switch
    {
        MutualTlsStatus.Ok => "OK",
        MutualTlsStatus.Conflict => "CONFLICT",
        _ => "NOT ENFORCED",
    };
}

/// <summary>What <c>meshca authz check</c> prints.</summary>
/// <param name="Workload">The workload.</param>
/// <param name="Quarantined">Whether an invalid resource holds it shut.</param>
/// <param name="NeedsAllow">Whether only what an ALLOW rule matches is allowed.</param>
/// <param name="Policies">Its policies, in their order.</param>
internal sealed record AuthzCheckReport(string Workload, bool Quarantined, bool NeedsAllow, IReadOnlyList<AuthorizationRow> Policies);

/// <summary>JSON of the reports.</summary>
[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase, WriteIndented = true)]
[JsonSerializable(typeof(IReadOnlyList<FindingReport>))]
[JsonSerializable(typeof(IReadOnlyList<TlsCheckReport>))]
[JsonSerializable(typeof(AuthzCheckReport))]
internal sealed partial class MeshJson : JsonSerializerContext;
