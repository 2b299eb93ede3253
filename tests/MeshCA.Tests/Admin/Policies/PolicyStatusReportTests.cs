using MeshCA.Admin.Policies;
using MeshCA.Wire.Policies;
using Xunit;
using Status = MeshCA.Wire.Policies.ResourceStatus.Types.Status;

namespace MeshCA.Tests.Admin.Policies;

public sealed class PolicyStatusReportTests
{
    [Theory]
    [InlineData(nameof(Status.Accepted), true)]
    [InlineData(nameof(Status.AcceptedWithWarnings), true)]
    [InlineData(nameof(Status.OtherRevision), true)]
    [InlineData(nameof(Status.KeptLastGood), false)]
    [InlineData(nameof(Status.Quarantined), false)]
    [InlineData(nameof(Status.AllowedInvalid), false)]
    [InlineData(nameof(Status.Unidentified), false)]
    [InlineData(nameof(Status.Unspecified), false)]
    public void What_is_for_another_revision_is_as_it_should_be(string status, bool sound)
    {
        var response = new GetStatusResponse { Revision = 1, RevisionInForce = 1, Resources = { new ResourceStatus { Status = Enum.Parse<Status>(status) } } };
        Assert.Equal(sound, PolicyStatusReport.Of(response).IsSound);
    }
}
