using MeshCA.Authorities;
using MeshCA.Revocations;
using Xunit;

namespace MeshCA.Tests.Storage.Revocations;

public sealed class RevocationTableTests
{
    private static readonly StoredRevocations First = new()
    {
        Revision = 1,
        LastNumber = 2,
        LastListNumber = 1,
        Entries = [Entry(1), Entry(2)],
        Lists = [new("aa", 1, new byte[] { 1 })],
    };

    [Theory]
    [InlineData("DELETE FROM revocations WHERE number = 2")]
    [InlineData("DELETE FROM revocations")]
    [InlineData("UPDATE revocations SET expires_us = 1 WHERE number = 1")]
    [InlineData("UPDATE revocations SET subject = 'spiffe://td/other' WHERE number = 1")]
    [InlineData("UPDATE revocations SET published_in = 0")]
    [InlineData("UPDATE revocation_lists SET number = 0")]
    [InlineData("UPDATE revocation_lists SET der = x'02'")]
    [InlineData("DELETE FROM revocation_lists")]
    [InlineData("DELETE FROM meta WHERE name = 'revocations'")]
    public async Task A_change_by_somebody_else_is_found(string sql)
    {
        await using var fixture = await StoreFixture.OpenAsync();
        await fixture.Store.SaveRevocationsAsync(StoredRevocations.None, First, [], default);
        fixture.Sql(sql);
        await Assert.ThrowsAsync<KeySealException>(() => fixture.Store.LoadRevocationsAsync(default));
    }

    [Fact]
    public async Task A_text_that_a_database_would_change_is_no_tampering()
    {
        await using var fixture = await StoreFixture.OpenAsync();
        var state = First with { Entries = [Entry(1) with { Reason = "naïve \0 \ud800" }] };
        await fixture.Store.SaveRevocationsAsync(StoredRevocations.None, state, [], default);
        Assert.Equal("naïve \uFFFD \uFFFD", Assert.Single((await fixture.Store.LoadRevocationsAsync(default)).Entries).Reason);
    }

    private static Revocation Entry(long number) => new()
    {
        Number = number,
        Kind = RevocationKind.Identity,
        Subject = $"spiffe://td/w{number}",
        Actor = "uid:0",
        Time = DateTimeOffset.UnixEpoch,
        PublishedIn = 1,
    };
}
