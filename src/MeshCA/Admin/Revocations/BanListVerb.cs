using System.CommandLine;
using MeshCA.Wire.Admin;

namespace MeshCA.Admin.Revocations;

/// <summary><c>meshca ban list</c>: who is banned.</summary>
internal sealed class BanListVerb : IAdminVerb
{
    private readonly AdminSocketParameters _socket = new();

    /// <inheritdoc />
    public string Name => "ban list";

    /// <inheritdoc />
    public string Description => "List the bans in force";

    /// <inheritdoc />
    public IEnumerable<Symbol> Parameters => _socket.All;

    /// <inheritdoc />
    public Task<ExitCode> RunAsync(ParseResult arguments, AdminOutput output, CancellationToken cancellationToken) => _socket.CallAsync(
        arguments,
        output,
        async (channel, options) =>
        {
            var list = await new Wire.Admin.Revocations.RevocationsClient(channel).ListBansAsync(new ListBansRequest(), options);
            output.Write(
                new BanListReport(list.Revision, [.. list.Bans.Select(RevocationRow.Of)]), RevocationJson.Default.BanListReport, RevocationTables.Bans);
            return ExitCode.Ok;
        },
        cancellationToken);
}
