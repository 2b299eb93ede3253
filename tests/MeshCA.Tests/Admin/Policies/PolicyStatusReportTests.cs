using MeshCA.Admin.Policies;
using MeshCA.Wire.Policies;
using Xunit;
using Status = MeshCA.Wire.Policies.ResourceStatus.Types.Status;

namespace MeshCA.Tests.Admin.Policies;

public sealed class PolicyStatusReportTests
{
    [Theory]
    [InlineData(Status.Accepted, true)]
    [InlineData(Status.AcceptedWithWarnings, true)]
    [InlineData(Status.OtherRevision, true)]
    [InlineData(Status.KeptLastGood, false)]
    [InlineData(Status.Quarantined, false)]
    [InlineData(Status.AllowedInvalid, false)]
    [InlineData(Status.Unidentified, false)]
    [InlineData(Status.Unspecified, false)]
    public void What_is_for_another_revision_is_as_it_should_be(Status status, bool sound)
    {
        var response = new GetStatusResponse { Revision = 1, RevisionInForce = 1, Resources = { new ResourceStatus { Status = status } } };
        Assert.Equal(sound, PolicyStatusReport.Of(response).IsSound);
    }
}
