using System.CommandLine;
using System.Globalization;
using MeshCA.Wire.Admin;
using Spectre.Console;
using Spectre.Console.Rendering;

namespace MeshCA.Admin.Consumers;

/// <summary><c>meshca consumer list</c>: who reports which trust bundle it has in use.</summary>
internal sealed class ConsumerListVerb : IAdminVerb
{
    private const int PageSize = 1_000;

    private readonly AdminSocketParameters _socket = new();
    private readonly Option<MeshCA.Consumers.ConsumerKind?> _kind =
        new Option<MeshCA.Consumers.ConsumerKind?>("--kind") { Description = "Only those that report in this way: Stream, Poller, Peer" }.AsOneOf();

    private readonly Option<long?> _behind = new("--behind") { Description = "Only those whose bundle has a lesser sequence than this" };
    private readonly Option<int> _limit = new("--limit", "-l") { Description = "Most rows", DefaultValueFactory = _ => 100 };

    /// <inheritdoc />
    public string Name => "consumer list";

    /// <inheritdoc />
    public string Description => "List who reports which trust bundle it has in use";

    /// <inheritdoc />
    public IEnumerable<Symbol> Parameters => [.. _socket.All, _kind, _behind, _limit];

    /// <inheritdoc />
    public Task<ExitCode> RunAsync(ParseResult arguments, AdminOutput output, CancellationToken cancellationToken) => _socket.CallAsync(
        arguments,
        output,
        async (channel, options) =>
        {
            var client = new MeshCA.Wire.Admin.Consumers.ConsumersClient(channel);
            var (rows, limit) = (new List<ConsumerRow>(), arguments.GetValue(_limit));
            var request = new ListConsumersRequest { Kind = (ConsumerKind)(arguments.GetValue(_kind) ?? 0) };
            if (arguments.GetValue(_behind) is { } behind)
            {
                request.BehindSequence = behind;
            }

            ListConsumersResponse page;
            do
            {
                request.PageSize = Math.Clamp(limit - rows.Count, 1, PageSize);
                page = await client.ListAsync(request, options);
                rows.AddRange(page.Consumers.Select(ConsumerRow.Of));
                request.PageToken = page.NextPageToken;
            }
            while (page.NextPageToken.Length > 0 && rows.Count < limit);

            output.Write(
                new ConsumerListReport(page.PublishedSequence, page.Total, rows, page.RevocationsRevision), ConsumerJson.Default.ConsumerListReport, Render);
            return ExitCode.Ok;
        },
        cancellationToken);

    private static IRenderable Render(ConsumerListReport report)
    {
        var table = new Table().SimpleBorder().AddColumns("identity", "instance", "kind", "sequence", "bans", "connected", "last seen", "from");
        foreach (var row in report.Consumers)
        {
            string[] cells =
            [
                row.Identity,
                row.Instance,
                row.Kind,
                Number(row.Sequence),
                row.RevocationsRevision is { } revision ? Number(revision) : "-",
                row.Connected ? "yes" : "no",
                row.LastSeen.ToString("u", CultureInfo.InvariantCulture),
                row.Peer,
            ];
            table.AddRow(cells.Select(cell => new Text(AdminOutput.Printable(cell))));
        }

        // Long lines of their own: in a column they would leave no room for the rest.
        var behind = report.Consumers.Where(row => row.Behind > 0).Select(row => new Text(AdminOutput.Printable(
            $"{row.Identity} {row.Instance}: {Number(row.Behind)} behind it{Standing(row)}: {string.Join("; ", row.BehindExamples)}")));
        return new Rows(
            [
                table,
                .. behind,
                new Text($"{report.Consumers.Count} of {report.Total} consumers; the published bundle has sequence {Number(report.PublishedSequence)}"),
                .. Reach(report),
            ]);
    }

    private static string Standing(ConsumerRow row) => row is { BehindSince: { } since, BehindSaid: { } said }
        ? $", without sequence {Number(row.BehindSequence)} since {AdminTables.Time(since)}, said last {AdminTables.Time(said)}{(row.Connected ? "" : ", before its stream ended")}"
        : "";

    // Of those shown: the service counts all where something changes.
    private static IEnumerable<Text> Reach(ConsumerListReport report)
    {
        var acknowledging = report.Consumers.Where(row => row.RevocationsRevision is not null).ToList();
        if (report.RevocationsRevision > 0 && acknowledging.Count > 0)
        {
            var inForce = acknowledging.Count(row => row.RevocationsRevision >= report.RevocationsRevision);
            yield return new Text(
                $"bans and revocations of revision {Number(report.RevocationsRevision)} are in force at {inForce} of these {acknowledging.Count} that acknowledge them");
        }
    }

    private static string Number(long number) => number.ToString(CultureInfo.InvariantCulture);
}
