using Spiffe.Wire.Workload;
using SpiffeIdentity.WorkloadApi.Connections;
using SpiffeIdentity.WorkloadApi.Messages;
using SpiffeIdentity.WorkloadApi.Tests.Fakes;
using Xunit;

namespace SpiffeIdentity.WorkloadApi.Tests.Connections;

public sealed class WatchTests
{
    // The platform's readers of certificates and keys throw more than their documentation says.
    [Fact]
    public async Task WE_S6_a_message_that_makes_its_reader_throw_is_refused_and_the_watch_goes_on()
    {
        await using var api = await FakeWorkloadApi.StartAsync();
        api.JwtBundles.Set(new JWTBundlesResponse());
        var options = X509SourceTests.Options(api);
        using var channel = new WorkloadChannel(WorkloadApiAddress.Resolve(api.Address), options);
        var watch = new Watch<JWTBundlesRequest, JWTBundlesResponse, string>
        {
            Channel = channel,
            Options = options,
            Method = WorkloadMethods.FetchJwtBundles,
            Request = new JWTBundlesRequest(),
            Read = (message, _) => message.Bundles.Count == 0
                ? throw new NotSupportedException("secret")
                : new MessageOutcome<string>.Accepted("good"),
        };
        await using var events = watch.RunAsync(TestContext.Current.CancellationToken).GetAsyncEnumerator(TestContext.Current.CancellationToken);
        Assert.True(await events.MoveNextAsync());
        var failure = Assert.IsType<WatchEvent<string>.Failed>(events.Current).Failure;
        Assert.Equal(WorkloadApiFailureReason.MalformedMessage, failure.Reason);
        Assert.DoesNotContain("secret", failure.ToString(), StringComparison.Ordinal);

        var response = new JWTBundlesResponse();
        response.Bundles["spiffe://example.org"] = Google.Protobuf.ByteString.CopyFromUtf8("x");
        api.JwtBundles.Set(response);
        Assert.True(await events.MoveNextAsync());
        Assert.IsType<WatchEvent<string>.Received>(events.Current);
    }
}
