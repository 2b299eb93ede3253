using System.CommandLine;
using Grpc.Core;
using MeshCA.Wire.Admin;
using Spectre.Console.Rendering;

namespace MeshCA.Admin.Revocations;

/// <summary>What the verbs that change revocations have in common.</summary>
internal sealed class RevocationParameters
{
    private readonly AdminSocketParameters _socket = new();
    private readonly Option<string> _reason = new("--reason") { Description = "Why, for the audit and for others", DefaultValueFactory = _ => "" };

    /// <summary>All of them.</summary>
    public IReadOnlyList<Symbol> All => [_reason, .. _socket.All];

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
                var report = RevocationReport.Of(await change(new(channel), options));
                output.Write(report, RevocationJson.Default.RevocationReport, table);
                return report.Faults.Count == 0 ? ExitCode.Ok : ExitCode.Failure;
            },
            cancellationToken);
}
