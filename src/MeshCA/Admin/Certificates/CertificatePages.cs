using System.CommandLine;
using MeshCA.Wire.Admin;
using Spectre.Console;
using Spectre.Console.Rendering;

namespace MeshCA.Admin.Certificates;

/// <summary>The list of what a running service issued: the filters that each kind of record has, and the reading of it page after page.</summary>
/// <param name="what">What is listed, for people.</param>
/// <param name="serial">The filter by what one record is known by.</param>
/// <param name="signer">The filter by who signed.</param>
internal sealed class CertificatePages(string what, Option<string> serial, Option<string> signer)
{
    private const int LargestPage = 1_000;

    private readonly AdminSocketParameters _service = new();
    private readonly Option<string> _id = new("--spiffe-id") { Description = $"Only {what} of this identity" };
    private readonly Option<string> _prefix = new("--spiffe-id-prefix") { Description = "Only those of this identity and of all below it, by whole segments" };
    private readonly Option<int> _limit = new("--limit", "-l") { Description = $"Most {what}", DefaultValueFactory = _ => 100 };
    private readonly Option<string> _page = new("--page-token") { Description = "Where the list before ended, as it said; the filter must be the same" };

    /// <summary>The filters.</summary>
    public IEnumerable<Symbol> Filters => [_id, _prefix, serial, signer];

    /// <summary>How much is listed, and of which service.</summary>
    public IEnumerable<Symbol> Others => [_limit, _page, .. _service.All];

    /// <summary>Reads the list and prints it.</summary>
    /// <param name="arguments">The parsed command line.</param>
    /// <param name="output">Gets the list, or a failure.</param>
    /// <param name="request">What is asked for; may have a filter of the verb's own already.</param>
    /// <param name="table">How records become a table.</param>
    /// <param name="cancellationToken">Gives it up.</param>
    public async Task<ExitCode> PrintAsync(
        ParseResult arguments,
        AdminOutput output,
        ListCertificatesRequest request,
        Func<IReadOnlyList<CertificateRow>, Table> table,
        CancellationToken cancellationToken)
    {
        if (!TryFilter(arguments, request))
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
                var report = await ReadAsync(page => client.ListAsync(page, options).ResponseAsync, request, arguments);
                output.Write(report, CertificatesJson.Default.CertListReport, read => Render(read, table));
                return ExitCode.Ok;
            },
            cancellationToken);
    }

    private bool TryFilter(ParseResult arguments, ListCertificatesRequest request)
    {
        (Option<string> Option, Action<string> Set)[] filters =
        [
            (_id, value => request.SpiffeId = value),
            (_prefix, value => request.SpiffeIdPrefix = value),
            (serial, value => request.Serial = value),
            (signer, value => request.Authority = value),
        ];
        foreach (var (option, set) in filters)
        {
            if (arguments.GetValue(option) is not { } value)
            {
                continue;
            }

            if (request.FilterCase != ListCertificatesRequest.FilterOneofCase.None)
            {
                return false;
            }

            set(value);
        }

        return true;
    }

    private async Task<CertListReport> ReadAsync(
        Func<ListCertificatesRequest, Task<ListCertificatesResponse>> list, ListCertificatesRequest request, ParseResult arguments)
    {
        var (rows, limit) = (new List<CertificateRow>(), arguments.GetValue(_limit));
        request.PageToken = arguments.GetValue(_page) ?? "";
        do
        {
            request.PageSize = Math.Min(limit - rows.Count, LargestPage);
            var page = await list(request);
            rows.AddRange(page.Certificates.Select(CertificateRow.Of));
            request.PageToken = page.NextPageToken;
        }
        while (request.PageToken.Length > 0 && rows.Count < limit);

        return new CertListReport(rows, request.PageToken);
    }

    private static IRenderable Render(CertListReport report, Func<IReadOnlyList<CertificateRow>, Table> table) => report.NextPageToken.Length == 0
        ? table(report.Certificates)
        : new Rows(table(report.Certificates), new Text($"more: --page-token {report.NextPageToken}"));
}
