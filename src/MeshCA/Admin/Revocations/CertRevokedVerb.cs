using System.CommandLine;
using MeshCA.Wire.Admin;

namespace MeshCA.Admin.Revocations;

/// <summary><c>meshca cert revoked</c>: what is revoked, and how the lists of all authorities stand.</summary>
internal sealed class CertRevokedVerb : IAdminVerb
{
    private readonly AdminSocketParameters _socket = new();

    /// <inheritdoc />
    public string Name => "cert revoked";

    /// <inheritdoc />
    public string Description => "List revoked certificates, keys and authorities, and how the revocation lists stand";

    /// <inheritdoc />
    public IEnumerable<Symbol> Parameters => _socket.All;

    /// <inheritdoc />
    public Task<ExitCode> RunAsync(ParseResult arguments, AdminOutput output, CancellationToken cancellationToken) => _socket.CallAsync(
        arguments,
        output,
        async (channel, options) =>
        {
            var list = await new Wire.Admin.Revocations.RevocationsClient(channel).ListRevocationsAsync(new ListRevocationsRequest(), options);
            var report = new RevokedReport(
                list.Revision,
                [.. list.Revocations.Select(RevocationRow.Of)],
                [.. list.Lists.Select(ListRow.Of)],
                [.. list.Faults.Select(fault => new ListFaultRow(fault.Authority, fault.Detail))]);
            output.Write(report, RevocationJson.Default.RevokedReport, RevocationTables.Revoked);
            return report.Faults.Count == 0 ? ExitCode.Ok : ExitCode.Invalid;
        },
        cancellationToken);
}
