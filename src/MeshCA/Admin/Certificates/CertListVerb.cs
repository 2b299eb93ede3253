using System.CommandLine;
using Google.Protobuf.WellKnownTypes;
using MeshCA.Wire.Admin;
using Spectre.Console;
using Spectre.Console.Rendering;

namespace MeshCA.Admin.Certificates;

/// <summary><c>meshca cert list</c>: what a running service issued, by one filter and page after page.</summary>
internal sealed class CertListVerb : IAdminVerb
{
    private const int LargestPage = 1_000;

    private readonly AdminSocketParameters _service = new();
    private readonly Option<string> _id = new("--spiffe-id") { Description = "Only certificates of this identity" };
    private readonly Option<string> _prefix = new("--spiffe-id-prefix") { Description = "Only those of this identity and of all below it, by whole segments" };
    private readonly Option<string> _serial = new("--serial") { Description = "Only the one with this serial number, hexadecimal" };
    private readonly Option<string> _authority = new("--authority") { Description = "Only those that this authority signed, by its id" };
    private readonly Option<DateTimeOffset?> _from = new("--expiring-from") { Description = "Only those that end at this time or later, ISO 8601" };
    private readonly Option<DateTimeOffset?> _until = new("--expiring-until") { Description = "Only those that end before this time, ISO 8601" };
    private readonly Option<int> _limit = new("--limit", "-l") { Description = "Most certificates", DefaultValueFactory = _ => 100 };
    private readonly Option<string> _page = new("--page-token") { Description = "Where the list before ended, as it said; the filter must be the same" };

    /// <inheritdoc />
    public string Name => "cert list";

    /// <inheritdoc />
    public string Description => "List what a running service issued, newest first, or by end of validity; one filter at a time";

    /// <inheritdoc />
    public IEnumerable<Symbol> Parameters =>
        [_id, _prefix, _serial, _authority, _from, _until, _limit, _page, .. _service.All];

    /// <inheritdoc />
    public async Task<ExitCode> RunAsync(ParseResult arguments, AdminOutput output, CancellationToken cancellationToken)
    {
        var ranged = arguments.GetValue(_from) is not null || arguments.GetValue(_until) is not null;
        string?[] filters =
            [arguments.GetValue(_id), arguments.GetValue(_prefix), arguments.GetValue(_serial), arguments.GetValue(_authority), ranged ? "" : null];
        if (filters.Count(filter => filter is not null) > 1)
        {
            output.Fail("only one filter at a time");
            return ExitCode.Usage;
        }

        if (arguments.GetValue(_limit) < 1)
        {
            output.Fail("--limit takes a number from 1 on");
            return ExitCode.Usage;
        }

        return await _service.CallAsync(
            arguments,
            output,
            async (channel, options) =>
            {
                var client = new Wire.Admin.Certificates.CertificatesClient(channel);
                var report = await ReadAsync(request => client.ListAsync(request, options).ResponseAsync, arguments);
                output.Write(report, CertificatesJson.Default.CertListReport, Render);
                return ExitCode.Ok;
            },
            cancellationToken);
    }

    private async Task<CertListReport> ReadAsync(
        Func<ListCertificatesRequest, Task<ListCertificatesResponse>> list, ParseResult arguments)
    {
        var (rows, token) = (new List<CertificateRow>(), arguments.GetValue(_page) ?? "");
        do
        {
            var request = Request(arguments);
            request.PageSize = Math.Min(arguments.GetValue(_limit) - rows.Count, LargestPage);
            request.PageToken = token;
            var page = await list(request);
            rows.AddRange(page.Certificates.Select(CertificateRow.Of));
            token = page.NextPageToken;
        }
        while (token.Length > 0 && rows.Count < arguments.GetValue(_limit));

        return new CertListReport(rows, token);
    }

    private ListCertificatesRequest Request(ParseResult arguments)
    {
        var request = new ListCertificatesRequest();
        if (arguments.GetValue(_id) is { } id)
        {
            request.SpiffeId = id;
        }
        else if (arguments.GetValue(_prefix) is { } prefix)
        {
            request.SpiffeIdPrefix = prefix;
        }
        else if (arguments.GetValue(_serial) is { } serial)
        {
            request.Serial = serial;
        }
        else if (arguments.GetValue(_authority) is { } authority)
        {
            request.Authority = authority;
        }
        else if (arguments.GetValue(_from) is { } || arguments.GetValue(_until) is { })
        {
            request.Expiring = new() { From = arguments.GetValue(_from)?.ToTimestamp(), Until = arguments.GetValue(_until)?.ToTimestamp() };
        }

        return request;
    }

    private static IRenderable Render(CertListReport report)
    {
        var table = CertificateRow.Table(report.Certificates);
        return report.NextPageToken.Length == 0 ? table : new Rows(table, new Text($"more: --page-token {report.NextPageToken}"));
    }
}
