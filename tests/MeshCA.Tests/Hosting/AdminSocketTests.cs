using MeshCA.Hosting;
using Xunit;

namespace MeshCA.Tests.Hosting;

public sealed class AdminSocketTests
{
    [Theory]
    [InlineData(0u, 1000u, true)]
    [InlineData(1000u, 1000u, true)]
    [InlineData(1001u, 1000u, false)]
    [InlineData(1000u, 0u, false)]
    [InlineData(null, 0u, false)]
    public void Root_and_the_services_own_user_administer_and_nobody_else(uint? peer, uint own, bool isAdmitted) =>
        Assert.Equal(isAdmitted, AdminSocket.IsAdmitted(peer, own));
}
