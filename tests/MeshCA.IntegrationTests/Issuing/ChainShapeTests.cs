using MeshCA.IntegrationTests.Running;
using Xunit;

namespace MeshCA.IntegrationTests.Issuing;

/// <summary>What every answer is made of (istio-ca §1.3 and appendix B item 1, as the issue sharpens it).</summary>
public sealed class ChainShapeTests(MeshServerFixture fixture) : IClassFixture<MeshServerFixture>
{
    private readonly TestMesh _mesh = fixture.Mesh;

    [Fact]
    public async Task The_built_in_ca_answers_leaf_intermediate_bundle()
    {
        var answer = await AskAsync();
        Assert.Equal(3, answer.Elements.Count);
        Assert.Equal(answer.Middle[0].SubjectName.RawData, answer.Leaf.IssuerName.RawData);
        Assert.Equal(answer.Bundle[0].SubjectName.RawData, answer.Middle[0].IssuerName.RawData);
    }

    [Fact]
    public async Task Every_element_is_pem_that_ends_in_one_newline()
    {
        var answer = await AskAsync();
        Assert.All(answer.Elements, element =>
        {
            Assert.StartsWith("-----BEGIN CERTIFICATE-----\n", element, StringComparison.Ordinal);
            Assert.EndsWith("-----END CERTIFICATE-----\n", element, StringComparison.Ordinal);
            Assert.DoesNotContain('\r', element);
            Assert.DoesNotContain("\n\n", element, StringComparison.Ordinal);
            Assert.All(element.Split('\n'), line => Assert.True(line.Length <= 64));
        });
    }

    [Fact]
    public async Task Every_element_but_the_last_holds_one_certificate()
    {
        var answer = await AskAsync();
        Assert.All(answer.Elements.SkipLast(1), element => Assert.Equal(1, CsrAnswer.BlocksOf(element)));
    }

    [Fact]
    public async Task No_self_signed_certificate_stands_before_the_last_element()
    {
        var answer = await AskAsync();
        Assert.All([answer.Leaf, .. answer.Middle], c => Assert.NotEqual(c.SubjectName.RawData, c.IssuerName.RawData));
    }

    [Fact]
    public async Task The_last_element_is_the_published_bundle_byte_for_byte()
    {
        var answer = await AskAsync();
        Assert.Equal(await _mesh.ReadBundleAsync(), answer.Elements[^1]);
    }

    [Fact]
    public async Task The_leaf_verifies_through_the_middle_to_the_last_element()
    {
        var answer = await AskAsync();
        Assert.Equal("", answer.FindFault(_mesh.Home.Clock.GetUtcNow()));
    }

    private async Task<CsrAnswer> AskAsync()
    {
        using var client = _mesh.Connect();
        return await client.AskAsync(_mesh.Home.Token());
    }
}
