using MeshCA.Issuance;
using MeshCA.Registration;
using MeshCA.Storage.Connections;
using MeshCA.Storage.Queries;
using MeshCA.Storage.Schema;
using Microsoft.Data.Sqlite;
using SpiffeIdentity;
using Xunit;
using static TestSupport.StoreSamples;

namespace MeshCA.Tests.Storage.Queries;

public sealed class CertificateListingTests : IAsyncLifetime
{
    private readonly List<IssuanceRecord> _records = [];
    private StoreFixture _store = null!;

    public async ValueTask InitializeAsync()
    {
        _store = await StoreFixture.OpenAsync();
        string[] subjects = ["spiffe://td/ns/a", "spiffe://td/ns/a/sa/x", "spiffe://td/ns/a/sa/y", "spiffe://td/ns/a-b/sa/x"];
        for (var i = 0; i < 24; i++)
        {
            var record = Leaf(Now.AddMinutes(i), subjects[i % 4]) with
            {
                NotAfter = Now.AddHours(24 - (i / 2)),
                Authority = i < 20 ? "0123456789" : "0123456700",
            };
            _records.Add(record);
            await _store.Store.AppendAsync(record, default);
        }
    }

    public ValueTask DisposeAsync() => _store.DisposeAsync();

    [Fact]
    public void Every_search_goes_by_an_index_and_none_reads_the_table()
    {
        using var connection = new SqliteConnection("Data Source=:memory:");
        connection.Open();
        Assert.True(StoreMigrations.TryApply(connection));
        foreach (var sql in CertificateListing.Statements)
        {
            using var explained = new SqliteStatement(connection, "EXPLAIN QUERY PLAN " + sql);
            var plan = new List<string>();
            while (explained.Step())
            {
                plan.Add(explained.Text(3) ?? "");
            }

            Assert.True(plan.Exists(step => step.StartsWith("SEARCH ", StringComparison.Ordinal)), $"{sql}: {string.Join("; ", plan)}");
            Assert.DoesNotContain(plan, step => step.StartsWith("SCAN ", StringComparison.Ordinal));

            // A block's few may be sorted; whatever may be the whole journal comes in its order.
            Assert.True(sql.Contains("seq >> 11 =", StringComparison.Ordinal) || !plan.Exists(step => step.Contains("TEMP B-TREE", StringComparison.Ordinal)), sql);
        }
    }

    // Both are in one journal, by the same indexes, and neither list shows the other's.
    [Fact]
    public async Task Tokens_and_certificates_are_listed_apart_by_every_filter()
    {
        var token = Token(Now.AddMinutes(30), "spiffe://td/ns/a/sa/x") with { Authority = "0123456789", NotAfter = Now.AddHours(1) };
        await _store.Store.AppendAsync(token, default);
        CertificateFilter[] filters =
        [
            new CertificateFilter.All(),
            new CertificateFilter.OfIdentity(SpiffeId.Parse("spiffe://td/ns/a/sa/x")),
            new CertificateFilter.Below(SpiffeIdPrefix.TryParse("spiffe://td/ns/a", out var prefix, out _) ? prefix : throw new InvalidOperationException()),
            new CertificateFilter.WithSerial(token.Serial),
            new CertificateFilter.SignedBy("0123456789"),
            new CertificateFilter.Expiring(Now, Now.AddDays(2)),
        ];
        foreach (var filter in filters)
        {
            var query = new CertificateQuery(filter, [], 100, null);
            var found = Assert.Single((await _store.Store.FindCertificatesAsync(query with { IsOfTokens = true }, default)).Entries);
            Assert.Equal((token.Serial, "api\nother", CertificateKind.JwtSvid), (found.Record.Serial, found.Record.Audience, found.Record.Kind));
            Assert.DoesNotContain((await _store.Store.FindCertificatesAsync(query with { IsOfTokens = false }, default)).Entries, entry => entry.Record.Kind == CertificateKind.JwtSvid);
        }
    }

    [Theory]
    [InlineData(1)]
    [InlineData(4)]
    [InlineData(5)]
    [InlineData(100)]
    public async Task Pages_give_every_certificate_of_each_filter_once_and_in_order(int size)
    {
        Assert.Equal(Numbers(i => i % 4 == 1), await AllAsync(new CertificateFilter.OfIdentity(SpiffeId.Parse("spiffe://td/ns/a/sa/x")), size));
        Assert.Equal(Numbers(i => i % 4 != 3), await AllAsync(new CertificateFilter.Below(Prefix("spiffe://td/ns/a")), size));
        Assert.Equal(Numbers(i => i >= 20), await AllAsync(new CertificateFilter.SignedBy("0123456700"), size));
        Assert.Equal([4L], await AllAsync(new CertificateFilter.WithSerial(_records[3].Serial), size));
        Assert.Equal(Numbers(_ => true), await AllAsync(new CertificateFilter.All(), size));
        Assert.Equal(
            [19L, 20L, 17L, 18L],
            await AllAsync(new CertificateFilter.Expiring(Now.AddHours(15), Now.AddHours(17)), size));
    }

    [Fact]
    public async Task What_is_outside_the_scopes_is_left_out()
    {
        var query = new CertificateQuery(new CertificateFilter.All(), [Prefix("spiffe://td/ns/a-b"), Prefix("spiffe://td/ns/a/sa/x")], 100, null);
        var page = await _store.Store.FindCertificatesAsync(query, default);
        Assert.Equal(Numbers(i => i % 4 is 1 or 3), page.Entries.Select(entry => entry.Sequence));
        var hidden = await _store.Store.FindCertificatesAsync(query with { Filter = new CertificateFilter.WithSerial(_records[0].Serial) }, default);
        Assert.Empty(hidden.Entries);
    }

    [Fact]
    public async Task Records_of_older_blocks_are_found_also_where_whole_blocks_are_gone()
    {
        // A later block, as if some hundred thousand records had been there and were removed.
        _store.Sql("UPDATE journal SET seq = seq + 400000 WHERE seq > 12");
        Assert.Equal(
            [.. Numbers(i => i % 4 == 1).Select(number => number > 12 ? number + 400_000 : number)],
            await AllAsync(new CertificateFilter.OfIdentity(SpiffeId.Parse("spiffe://td/ns/a/sa/x")), 2));
        Assert.Equal([4L], await AllAsync(new CertificateFilter.WithSerial(_records[3].Serial), 2));
    }

    [Fact]
    public async Task Those_that_end_within_some_minutes_of_each_other_come_in_the_order_of_issuing()
    {
        _store.Sql($"UPDATE journal SET not_after_s = {Now.ToUnixTimeSeconds()} - {Now.ToUnixTimeSeconds()} % 256 + (24 - seq)");
        var start = Now.AddSeconds(-(Now.ToUnixTimeSeconds() % 256));
        Assert.Equal(
            [.. Enumerable.Range(5, 6).Select(number => (long)number)],
            await AllAsync(new CertificateFilter.Expiring(start.AddSeconds(14), start.AddSeconds(20)), 4));
    }

    private static IEnumerable<long> Numbers(Func<int, bool> matches) =>
        Enumerable.Range(0, 24).Where(matches).Reverse().Select(i => i + 1L);

    private static SpiffeIdPrefix Prefix(string text) =>
        SpiffeIdPrefix.TryParse(text, out var prefix, out _) ? prefix : throw new ArgumentException(text, nameof(text));

    private async Task<List<long>> AllAsync(CertificateFilter filter, int size)
    {
        var found = new List<long>();
        PageCursor? after = null;
        do
        {
            var page = await _store.Store.FindCertificatesAsync(new(filter, [], size, after), default);
            Assert.True(page.Entries.Count <= size);
            found.AddRange(page.Entries.Select(entry => entry.Sequence));
            after = page.Next;
        }
        while (after is not null);

        return found;
    }
}
