using System.CommandLine;
using AuthzEngine.Compilation;
using AuthzEngine.Formats.Json;

namespace MeshCA.Admin.Policies;

/// <summary><c>meshca policy explain</c>: why a request is allowed or denied, rule by rule and clause by clause.</summary>
internal sealed class PolicyExplainVerb : IAdminVerb
{
    private readonly PolicyParameters _policies = new();
    private readonly RequestParameters _request = new();

    /// <inheritdoc />
    public string Name => "policy explain";

    /// <inheritdoc />
    public string Description => "Explain why a request is allowed or denied: the determining rule, and for every other why not";

    /// <inheritdoc />
    public IEnumerable<Symbol> Parameters => [.. _policies.All, .. _request.All];

    /// <inheritdoc />
    public async Task<ExitCode> RunAsync(ParseResult arguments, AdminOutput output, CancellationToken cancellationToken)
    {
        if (await _policies.ReadSettingsAsync(arguments, output, cancellationToken) is not { } settings
            || await _request.ReadAsync(arguments, output, cancellationToken) is not { } json)
        {
            return ExitCode.Invalid;
        }

        var line = DecisionLine.Read(json, out var fault);
        var context = DecisionContext.Read(in line, settings.Mesh, out var contextFault);
        var request = RequestInput.Read(line.Request, context.Mesh.PathNormalization, line.Redacted, out var requestFault);
        if ((fault ?? contextFault ?? requestFault) is { } first)
        {
            output.Fail(first.ToString());
            return ExitCode.Invalid;
        }

        var texts = await _policies.ReadPoliciesAsync(arguments, cancellationToken);
        var admitted = texts.Admit(settings with { Mesh = context.Mesh });
        PolicyParameters.Report(output, admitted.Findings);
        var set = PolicySet.Compile(admitted.Resources, context.Mesh);
        var policies = set.For(context.Workload);
        var report = ExplainReport.Of(
            policies.Explain(in request.Attributes),
            LineAnswer.Of(policies, request),
            context.Workload,
            set.NotApplyingTo(context.Workload),
            texts.Locate);
        output.WriteLine(report, PolicyReportJson.Default.ExplainReport, explained => explained.ToText());
        return ExitCode.Ok;
    }
}
