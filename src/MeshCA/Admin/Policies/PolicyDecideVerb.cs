using System.Buffers;
using System.CommandLine;
using System.IO;
using System.Text;
using AuthzEngine.Formats.Json;

namespace MeshCA.Admin.Policies;

/// <summary><c>meshca policy decide</c>: requests in, decisions out, one line of JSON each and in the same order.</summary>
internal sealed class PolicyDecideVerb : IAdminVerb
{
    private const int WriteAt = 64 * 1024;

    private readonly PolicyParameters _parameters = new();

    private readonly Option<string> _input = new("--input")
    {
        Description = "File with one JSON object a line; `-` is standard input",
        DefaultValueFactory = _ => "-",
    };

    /// <inheritdoc />
    public string Name => "policy decide";

    /// <inheritdoc />
    public string Description => "Decide requests, one JSON object a line, as the mesh would with the policies given";

    /// <inheritdoc />
    public IEnumerable<Symbol> Parameters => [.. _parameters.All, _input];

    /// <inheritdoc />
    public async Task<ExitCode> RunAsync(ParseResult arguments, AdminOutput output, CancellationToken cancellationToken)
    {
        if (await _parameters.ReadSettingsAsync(arguments, output, cancellationToken) is not { } settings)
        {
            return ExitCode.Invalid;
        }

        var policies = await _parameters.ReadPoliciesAsync(arguments, cancellationToken);
        PolicyParameters.Report(output, policies.Admit(settings).Findings);
        var file = arguments.GetRequiredValue(_input);
        await using var lines = new LineReader(file == "-" ? output.Console.OpenInput() : File.OpenRead(file));
        return await DecideAsync(lines, new LineDecider(policies, settings), output, cancellationToken)
            ? ExitCode.Ok
            : ExitCode.Failure;
    }

    // Answers go out before anything is waited for: whoever writes a line and waits for its answer gets it.
    private static async Task<bool> DecideAsync(
        LineReader lines, LineDecider decider, AdminOutput output, CancellationToken cancellationToken)
    {
        var all = true;
        var answers = new ArrayBufferWriter<byte>(WriteAt);
        while (await lines.FillAsync(cancellationToken))
        {
            while (lines.TryTake(out var line))
            {
                all &= TryDecide(line, lines.Count, decider, answers, output);
                if (answers.WrittenCount >= WriteAt)
                {
                    await WriteAsync(answers, output.Console.Out, cancellationToken);
                }
            }

            await WriteAsync(answers, output.Console.Out, cancellationToken);
        }

        return all;
    }

    private static bool TryDecide(
        ReadOnlyMemory<byte> line, long number, LineDecider decider, ArrayBufferWriter<byte> answers, AdminOutput output)
    {
        if (LineReader.IsBlank(line))
        {
            return true;
        }

        var decided = decider.TryDecide(line, answers, out var findings);
        var own = findings.Where(finding => finding.Location?.Source == LineDecider.OwnPolicies);
        PolicyParameters.Report(output, own, $"line {number}: ");
        return decided;
    }

    private static async Task WriteAsync(ArrayBufferWriter<byte> answers, TextWriter to, CancellationToken cancellationToken)
    {
        if (answers.WrittenCount > 0)
        {
            await to.WriteAsync(Encoding.UTF8.GetString(answers.WrittenSpan).AsMemory(), cancellationToken);
            await to.FlushAsync(cancellationToken);
            answers.ResetWrittenCount();
        }
    }
}
