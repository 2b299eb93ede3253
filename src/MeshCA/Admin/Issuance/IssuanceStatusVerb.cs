using System.CommandLine;
using MeshCA.Wire.Admin;

namespace MeshCA.Admin.Issuance;

/// <summary><c>meshca issuance status</c>: which issuance policy is in force, and whether its file is that.</summary>
internal sealed class IssuanceStatusVerb : IAdminVerb
{
    private readonly AdminSocketParameters _socket = new();

    /// <inheritdoc />
    public string Name => "issuance status";

    /// <inheritdoc />
    public string Description => "Show the issuance policy of a running service; ends with 5 where its file is not what is in force";

    /// <inheritdoc />
    public IEnumerable<Symbol> Parameters => _socket.All;

    /// <inheritdoc />
    public Task<ExitCode> RunAsync(ParseResult arguments, AdminOutput output, CancellationToken cancellationToken) => _socket.CallAsync(
        arguments,
        output,
        async (channel, options) =>
        {
            var status = await new Wire.Admin.IssuancePolicies.IssuancePoliciesClient(channel).GetStatusAsync(new GetStatusRequest(), options);
            var report = new IssuanceStatusReport(
                status.Path, status.Sha256, status.LoadedAt?.ToDateTimeOffset(), status.Rules, [.. status.Warnings], [.. status.Faults]);
            output.WriteLine(report, IssuanceJson.Default.IssuanceStatusReport, Print);
            return report.Faults.Count == 0 ? ExitCode.Ok : ExitCode.Invalid;
        },
        cancellationToken);

    private static string Print(IssuanceStatusReport report) => report.Path.Length == 0
        ? "no policy file: every authenticated caller gets a certificate"
        : AdminOutput.Printable($"{report.Path}: {report.Rules} rules in force since {report.LoadedAt:u}, SHA-256 {report.Sha256}")
            + string.Concat(report.Warnings.Select(warning => $"\nwarning  {AdminOutput.Printable(warning)}"))
            + (report.Faults.Count > 0 ? "\nthe file as it is now is not in force:" : "")
            + string.Concat(report.Faults.Select(fault => $"\nerror    {AdminOutput.Printable(fault)}"));
}
