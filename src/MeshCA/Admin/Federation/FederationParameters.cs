using System.CommandLine;
using System.IO;
using Grpc.Core;
using MeshCA.Wire.Admin;

namespace MeshCA.Admin.Federation;

/// <summary>What the verbs about one federated trust domain have in common.</summary>
/// <param name="canChange">Whether the verb changes something, and so takes a reason.</param>
internal sealed class FederationParameters(bool canChange)
{
    private readonly AdminSocketParameters _socket = new();
    private readonly Option<string> _reason = new("--reason") { Description = "Why, for the audit", DefaultValueFactory = _ => "" };

    /// <summary>The trust domain.</summary>
    public Argument<string> TrustDomain { get; } = new("TRUST-DOMAIN") { Description = "The other trust domain's name" };

    /// <summary>All of them but the trust domain.</summary>
    public IReadOnlyList<Symbol> Others => canChange ? [_reason, .. _socket.All] : _socket.All;

    /// <summary>The reason given.</summary>
    public string Reason(ParseResult arguments) => arguments.GetValue(_reason) ?? "";

    /// <summary>Calls the service.</summary>
    /// <param name="arguments">The parsed command line.</param>
    /// <param name="output">Gets a failure.</param>
    /// <param name="call">The call.</param>
    /// <param name="cancellationToken">Gives it up.</param>
    public async Task<ExitCode> CallAsync(
        ParseResult arguments,
        AdminOutput output,
        Func<Wire.Admin.Federation.FederationClient, CallOptions, Task<ExitCode>> call,
        CancellationToken cancellationToken)
    {
        try
        {
            return await _socket.CallAsync(arguments, output, (channel, options) => call(new(channel), options), cancellationToken);
        }
        catch (InvalidDataException e)
        {
            output.Fail(e.Message);
            return ExitCode.Invalid;
        }
    }

    /// <summary>Prints what an answer says.</summary>
    /// <returns>A failure where a fetch failed: what was ordered stands all the same.</returns>
    public static ExitCode Print(AdminOutput output, FederationAnswer answer, bool withBundle = false)
    {
        var report = FederationReport.Of(answer, withBundle);
        output.Write(report, FederationJson.Default.FederationReport, FederationTables.One);
        return report.HasFailed ? ExitCode.Failure : ExitCode.Ok;
    }
}
