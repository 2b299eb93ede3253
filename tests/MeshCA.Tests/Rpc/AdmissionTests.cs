using MeshCA.Configuration;
using MeshCA.Rpc;
using Xunit;

namespace MeshCA.Tests.Rpc;

public sealed class AdmissionTests
{
    // share of life left, requests in work that still leave a place to it (of ten, five of them kept)
    [Theory]
    [InlineData(1.0, 5)]
    [InlineData(2.0, 5)]
    [InlineData(0.99, 6)]
    [InlineData(0.8, 6)]
    [InlineData(0.79, 7)]
    [InlineData(0.5, 8)]
    [InlineData(0.2, 9)]
    [InlineData(0.19, 10)]
    [InlineData(0.0, 10)]
    [InlineData(-1.0, 10)]
    public void The_less_is_left_the_deeper_a_caller_reaches_into_the_reserve(double left, int places)
    {
        using var admission = new Admission(new LimitsOptions { MaxConcurrentRequests = 10, ExpiryReserve = 0.5 });
        var held = new List<Admission.Place>();
        while (admission.Enter(share => share, left) is { IsAcquired: true } place)
        {
            held.Add(place);
        }

        Assert.Equal(places, held.Count);
        Assert.Equal(Math.Max(0, places - 5), held.Count(place => place.IsOfReserve));
        held[0].Dispose();
        Assert.True(admission.Enter(share => share, left).IsAcquired);
    }

    [Fact]
    public void Nobody_is_asked_for_a_certificate_while_there_is_room()
    {
        using var admission = new Admission(new LimitsOptions { MaxConcurrentRequests = 2, ExpiryReserve = 0.5 });
        Assert.True(admission.Enter<int>(_ => throw new InvalidOperationException("asked"), 0).IsAcquired);
        Assert.Throws<InvalidOperationException>(() => admission.Enter<int>(_ => throw new InvalidOperationException("asked"), 0));
    }

    [Fact]
    public void With_one_place_there_is_no_reserve()
    {
        using var admission = new Admission(new LimitsOptions { MaxConcurrentRequests = 1 });
        Assert.True(admission.Enter(_ => 1, 0).IsAcquired);
        Assert.False(admission.Enter(_ => 0, 0).IsAcquired);
    }
}
