using System.Text;
using MeshCA.TrustDistribution;
using Xunit;

namespace MeshCA.Tests.TrustDistribution;

public sealed class FieldManagersTests
{
    public static TheoryData<string, string> Documents() =>
    [
        new("""{"metadata":{"managedFields":[{"manager":"meshca"},{"manager":"pilot-discovery"},{"manager":"kubectl-edit"},{"manager":"pilot-discovery"}]}}""", "`kubectl-edit`, `pilot-discovery`") { Label = "others, each once" },
        new("""{"metadata":{"managedFields":[{"manager":"meshca"}]}}""", "somebody") { Label = "nobody else" },
        new("""{"metadata":{}}""", "somebody") { Label = "no books" },
        new("""{"metadata":{"managedFields":[{"manager":7}]}}""", "somebody") { Label = "no name" },
        new("""{"metadata":[]}""", "somebody") { Label = "no metadata" },
        new("", "somebody") { Label = "no JSON" },
    ];

    [Theory]
    [MemberData(nameof(Documents))]
    public void Others_are_named_from_the_servers_books(string json, string others) =>
        Assert.Equal(others, FieldManagers.Others(Encoding.UTF8.GetBytes(json), "meshca"));
}
