using System.CommandLine;
using Google.Protobuf.WellKnownTypes;
using MeshCA.Wire.Admin;

namespace MeshCA.Admin.Certificates;

/// <summary><c>meshca cert list</c>: what a running service issued, by one filter and page after page.</summary>
internal sealed class CertListVerb : IAdminVerb
{
    private readonly CertificatePages _pages = new(
        "certificates",
        new("--serial") { Description = "Only the one with this serial number, hexadecimal" },
        new("--authority") { Description = "Only those that this authority signed, by its id" });

    private readonly Option<DateTimeOffset?> _from = new("--expiring-from") { Description = "Only those that end at this time or later, ISO 8601" };
    private readonly Option<DateTimeOffset?> _until = new("--expiring-until") { Description = "Only those that end before this time, ISO 8601" };

    /// <inheritdoc />
    public string Name => "cert list";

    /// <inheritdoc />
    public string Description => "List what a running service issued, newest first, or by end of validity; one filter at a time";

    /// <inheritdoc />
    public IEnumerable<Symbol> Parameters => [.. _pages.Filters, _from, _until, .. _pages.Others];

    /// <inheritdoc />
    public Task<ExitCode> RunAsync(ParseResult arguments, AdminOutput output, CancellationToken cancellationToken)
    {
        var request = new ListCertificatesRequest();
        var (from, until) = (arguments.GetValue(_from), arguments.GetValue(_until));
        if (from is not null || until is not null)
        {
            request.Expiring = new() { From = from?.ToTimestamp(), Until = until?.ToTimestamp() };
        }

        return _pages.PrintAsync(arguments, output, request, CertificateRow.Table, cancellationToken);
    }
}
