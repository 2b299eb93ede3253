using System.CommandLine;
using Google.Protobuf.WellKnownTypes;
using Grpc.Core;
using MeshCA.Wire.Admin;
using Spectre.Console.Rendering;

namespace MeshCA.Admin.Revocations;

/// <summary>What the verbs that change revocations have in common.</summary>
internal sealed class RevocationParameters
{
    private readonly AdminSocketParameters _socket = new();
    private readonly Option<string> _reason = new("--reason") { Description = "Why, for the audit and for others", DefaultValueFactory = _ => "" };

    private readonly Option<TimeSpan> _wait = new Option<TimeSpan>("--wait")
    {
        Description = "How long to wait for the consumers of the trust bundle's stream to have it in force, as hh:mm:ss, at most a minute; 00:00:00: not",
        DefaultValueFactory = _ => TimeSpan.FromSeconds(5),
    }.AsLength(TimeSpan.Zero);

    /// <summary>All of them.</summary>
    public IReadOnlyList<Symbol> All => [_reason, _wait, .. _socket.All];

    /// <summary>How long the answer may wait.</summary>
    public Duration Wait(ParseResult arguments) => Duration.FromTimeSpan(arguments.GetValue(_wait));

    /// <summary>The reason given.</summary>
    public string Reason(ParseResult arguments) => arguments.GetValue(_reason) ?? "";

    /// <summary>Makes a change and reports it.</summary>
    /// <param name="arguments">The parsed command line.</param>
    /// <param name="output">Gets the report.</param>
    /// <param name="change">The call.</param>
    /// <param name="table">How the report becomes a table.</param>
    /// <param name="cancellationToken">Gives it up.</param>
    public Task<ExitCode> ChangeAsync(
        ParseResult arguments,
        AdminOutput output,
        Func<Wire.Admin.Revocations.RevocationsClient, CallOptions, AsyncUnaryCall<ChangeResponse>> change,
        Func<RevocationReport, IRenderable> table,
        CancellationToken cancellationToken) => _socket.CallAsync(
            arguments,
            output,
            async (channel, options) =>
            {
                // The wait is the consumers', and not for an answer.
                var wait = arguments.GetValue(_wait);
                var report = RevocationReport.Of(await change(new(channel), options.WithDeadline(options.Deadline.GetValueOrDefault() + wait)));
                output.Write(report, RevocationJson.Default.RevocationReport, table);
                return report.Faults.Count > 0 ? ExitCode.Failure
                    : wait > TimeSpan.Zero && report.Reach?.Late > 0 ? ExitCode.Unavailable
                    : ExitCode.Ok;
            },
            cancellationToken);
}
