using System.CommandLine;
using System.IO;
using AuthzEngine.Evaluation;
using AuthzEngine.Formats.Json;
using AuthzEngine.Policies;
using AuthzEngine.Requests;

namespace MeshCA.Admin.Policies;

/// <summary><c>meshca policy replay</c>: which decisions of a log would change with other policies.</summary>
internal sealed class PolicyReplayVerb : IAdminVerb
{
    private readonly PolicyParameters _policies = new();

    private readonly Option<string> _log = new("--log")
    {
        Description = "File of the decision log; `-` is standard input",
        Required = true,
    };

    /// <inheritdoc />
    public string Name => "policy replay";

    /// <inheritdoc />
    public string Description => "Show which decisions of a decision log would change with the policies given";

    /// <inheritdoc />
    public IEnumerable<Symbol> Parameters => [_log, .. _policies.All];

    /// <inheritdoc />
    public async Task<ExitCode> RunAsync(ParseResult arguments, AdminOutput output, CancellationToken cancellationToken)
    {
        if (await _policies.ReadSettingsAsync(arguments, output, cancellationToken) is not { } settings)
        {
            return ExitCode.Invalid;
        }

        var texts = await _policies.ReadPoliciesAsync(arguments, cancellationToken);
        PolicyParameters.Report(output, texts.Admit(settings).Findings);

        // Paths stand in the log as they were decided on; normalizing them again would decode twice.
        var recorded = settings with { Mesh = settings.Mesh with { PathNormalization = PathNormalization.None } };
        var file = arguments.GetRequiredValue(_log);
        await using var lines = new LineReader(file == "-" ? output.Console.OpenInput() : File.OpenRead(file));
        var report = await ReplayAsync(lines, new(texts, recorded), cancellationToken);
        output.WriteLine(report, PolicyReportJson.Default.ReplayReport, replay => replay.ToText());
        return report.Malformed.Count == 0 ? ExitCode.Ok : ExitCode.Failure;
    }

    private static async Task<ReplayReport> ReplayAsync(LineReader lines, LineDecider decider, CancellationToken cancellationToken)
    {
        var (same, changed, unknown, malformed) =
            (0L, new List<ReplayedDecision>(), new List<ReplayedDecision>(), new List<MalformedRecord>());
        await foreach (var line in lines.AllAsync(cancellationToken))
        {
            var was = RecordedDecision.Read(line, out var recordFault);
            var replayFault = decider.Decide(line, out var now);
            if ((recordFault ?? replayFault) is { } fault)
            {
                malformed.Add(new(lines.Count, fault.ToString()));
                continue;
            }

            var replayed = Replayed(lines.Count, was, now);
            if (IsUnknown(now))
            {
                unknown.Add(replayed);
            }
            else if (was.Allowed != (now.Decision.Verdict == Verdict.Allow))
            {
                changed.Add(replayed);
            }
            else
            {
                same++;
            }
        }

        return new(same + changed.Count + unknown.Count, same, changed, unknown, malformed);
    }

    // What a provider would say is in no log, unless it was asked then.
    private static bool IsUnknown(in LineAnswer answer) =>
        answer.Decision.Assumed != AttributeKinds.None || answer.Silent.Count > 0;

    private static ReplayedDecision Replayed(long line, RecordedDecision was, in LineAnswer now) => new(
        line,
        was.Id,
        was.Time,
        was.Allowed ? "allow" : "deny",
        was.Policy,
        DecisionJson.NameOf(now.Decision.Verdict),
        now.Decision.Rule?.Id,
        now.Reason);
}
