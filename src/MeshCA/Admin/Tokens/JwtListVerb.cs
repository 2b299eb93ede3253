using System.CommandLine;
using MeshCA.Admin.Certificates;
using MeshCA.Wire.Admin;
using Spectre.Console;
using Spectre.Console.Rendering;

namespace MeshCA.Admin.Tokens;

/// <summary><c>meshca jwt list</c>: the JWT-SVIDs that a running service issued, by one filter and page after page; no token is in it.</summary>
internal sealed class JwtListVerb : IAdminVerb
{
    private const int LargestPage = 1_000;

    private readonly AdminSocketParameters _service = new();
    private readonly Option<string> _id = new("--spiffe-id") { Description = "Only JWT-SVIDs of this identity" };
    private readonly Option<string> _prefix = new("--spiffe-id-prefix") { Description = "Only those of this identity and of all below it, by whole segments" };
    private readonly Option<string> _token = new("--jti") { Description = "Only the one with this `jti`" };
    private readonly Option<string> _key = new("--key") { Description = "Only those that this key signed, by its `kid`" };
    private readonly Option<int> _limit = new("--limit", "-l") { Description = "Most JWT-SVIDs", DefaultValueFactory = _ => 100 };
    private readonly Option<string> _page = new("--page-token") { Description = "Where the list before ended, as it said; the filter must be the same" };

    /// <inheritdoc />
    public string Name => "jwt list";

    /// <inheritdoc />
    public string Description => "List the JWT-SVIDs that a running service issued, newest first; one filter at a time";

    /// <inheritdoc />
    public IEnumerable<Symbol> Parameters => [_id, _prefix, _token, _key, _limit, _page, .. _service.All];

    /// <inheritdoc />
    public async Task<ExitCode> RunAsync(ParseResult arguments, AdminOutput output, CancellationToken cancellationToken)
    {
        if (new[] { _id, _prefix, _token, _key }.Count(filter => arguments.GetValue(filter) is not null) > 1)
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
        var request = new ListCertificatesRequest { JwtSvids = true };
        if (arguments.GetValue(_id) is { } id)
        {
            request.SpiffeId = id;
        }
        else if (arguments.GetValue(_prefix) is { } prefix)
        {
            request.SpiffeIdPrefix = prefix;
        }
        else if (arguments.GetValue(_token) is { } token)
        {
            request.Serial = token;
        }
        else if (arguments.GetValue(_key) is { } key)
        {
            request.Authority = key;
        }

        return request;
    }

    private static IRenderable Render(CertListReport report)
    {
        var table = CertificateRow.TokenTable(report.Certificates);
        return report.NextPageToken.Length == 0 ? table : new Rows(table, new Text($"more: --page-token {report.NextPageToken}"));
    }
}
