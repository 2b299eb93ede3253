using System.CommandLine;
using AuthzEngine.Analysis.Reachability;
using AuthzEngine.Compilation;
using AuthzEngine.Normalization;
using AuthzEngine.Policies;

namespace MeshCA.Admin.Policies;

/// <summary><c>meshca policy who-can METHOD PATH on WORKLOAD</c>: who can reach an operation, derived from the rules.</summary>
internal sealed class PolicyWhoCanVerb : IAdminVerb
{
    private readonly PolicyParameters _policies = new();
    private readonly Argument<string> _method = new("METHOD") { Description = "HTTP method" };
    private readonly Argument<string> _path = new("PATH") { Description = "Path, not yet normalized" };
    private readonly Argument<string> _on = new("on") { Description = "The word `on`" };
    private readonly Argument<string> _workload = new("WORKLOAD") { Description = "`namespace`, or `namespace/label=value,label=value`" };
    private readonly Option<string?> _host = new("--host") { Description = "Host; without it rules on hosts are conditions" };
    private readonly Option<int?> _port = new("--port") { Description = "Port; without it rules on ports are conditions" };
    private readonly Option<ProxyKind> _proxy = WorkloadText.ProxyOption();

    /// <summary>Makes the verb.</summary>
    public PolicyWhoCanVerb() => _on.AcceptOnlyFromAmong("on");

    /// <inheritdoc />
    public string Name => "policy who-can";

    /// <inheritdoc />
    public string Description => "Derive from the policies who can reach an operation of a workload, and under which conditions";

    /// <inheritdoc />
    public IEnumerable<Symbol> Parameters => [_method, _path, _on, _workload, .. _policies.All, _host, _port, _proxy];

    /// <inheritdoc />
    public async Task<ExitCode> RunAsync(ParseResult arguments, AdminOutput output, CancellationToken cancellationToken)
    {
        if (!WorkloadText.TryParse(arguments.GetRequiredValue(_workload), out var named))
        {
            output.Fail($"`{arguments.GetRequiredValue(_workload)}` is no workload");
            return ExitCode.Usage;
        }

        if (await _policies.ReadSettingsAsync(arguments, output, cancellationToken) is not { } settings)
        {
            return ExitCode.Invalid;
        }

        if (!PathNormalizer.TryNormalize(arguments.GetRequiredValue(_path), settings.Mesh.PathNormalization, out var path))
        {
            output.Fail("the path holds an octet NUL, which Envoy answers with HTTP 400");
            return ExitCode.Invalid;
        }

        var texts = await _policies.ReadPoliciesAsync(arguments, cancellationToken);
        var admitted = texts.Admit(settings);
        PolicyParameters.Report(output, admitted.Findings);
        var workload = named with { Proxy = arguments.GetValue(_proxy) };
        var operation = new ReachedOperation(
            arguments.GetRequiredValue(_method), path, arguments.GetValue(_host), arguments.GetValue(_port));
        var rules = WhoCan.Derive(PolicySet.Compile(admitted.Resources, settings.Mesh).For(workload), operation);
        var report = WhoCanReport.Of(rules, operation, workload, texts.Locate);
        output.WriteLine(report, PolicyReportJson.Default.WhoCanReport, reaching => reaching.ToText());
        return ExitCode.Ok;
    }
}
