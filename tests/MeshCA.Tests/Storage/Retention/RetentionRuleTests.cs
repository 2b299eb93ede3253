using FsCheck;
using FsCheck.Fluent;
using MeshCA.Configuration;
using MeshCA.Storage.Retention;
using MeshCA.Storage.Schema;
using Xunit;
using static TestSupport.StoreSamples;

namespace MeshCA.Tests.Storage.Retention;

public sealed class RetentionRuleTests
{
    [Fact]
    public void No_unexpired_certificate_and_none_that_may_renew_is_forgotten() =>
        Prop.ForAll<int, int, uint>((endsIn, tokenAgo, retention) =>
        {
            var options = new StorageOptions { Retention = TimeSpan.FromSeconds(retention % 100_000_000) };
            var notAfter = Now.AddSeconds(endsIn % 100_000_000);
            var token = Now.AddSeconds(-(tokenAgo % 100_000_000));
            var forgets = RetentionRule.At(Now, options).MayForget(notAfter.ToUnixTimeSeconds(), StoredTime.ToMicroseconds(token));
            return !forgets || (notAfter < Now && token < Now - options.RenewalBound);
        }).QuickCheckThrowOnFailure();

    [Theory]
    [InlineData(-1, false)]
    [InlineData(0, false)]
    [InlineData(1, true)]
    public void A_record_is_kept_to_the_last_second_of_its_retention(int after, bool goes)
    {
        var options = new StorageOptions();
        var notAfter = Now - options.Retention - TimeSpan.FromSeconds(after);
        Assert.Equal(goes, RetentionRule.At(Now, options).MayForget(notAfter.ToUnixTimeSeconds(), null));
    }
}
