using MeshCA.Admin.Inspection;
using Xunit;

namespace MeshCA.Tests.Admin.Inspection;

public sealed class CertificateTableTests
{
    [Theory]
    [InlineData(0, "0 s")]
    [InlineData(59, "59 s")]
    [InlineData(60, "1 min 0 s")]
    [InlineData(3_599, "59 min 59 s")]
    [InlineData(3_600, "1 h 0 min")]
    [InlineData(86_399, "23 h 59 min")]
    [InlineData(86_400, "1 d 0 h")]
    public void A_length_of_time_is_shown_in_its_two_largest_units(int seconds, string text) =>
        Assert.Equal(text, CertificateTable.Length(TimeSpan.FromSeconds(seconds)));
}
