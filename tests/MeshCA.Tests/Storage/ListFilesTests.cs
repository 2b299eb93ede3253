using System.IO;
using System.Security.Cryptography;
using MeshCA.Storage;
using TestSupport;
using Xunit;

namespace MeshCA.Tests.Storage;

public sealed class ListFilesTests : IDisposable
{
    private readonly TemporaryDirectory _directory = new();

    public void Dispose() => _directory.Dispose();

    [Fact]
    public void Der_is_one_list_and_pem_may_hold_several()
    {
        File.WriteAllBytes(_directory.File("a"), [0x30, 1, 2]);
        File.WriteAllText(_directory.File("b"), $"a remark\n{Pem("X509 CRL", 3)}\n{Pem("X509 CRL", 4)}\n");
        var lists = new ListFiles([_directory.File("a"), _directory.File("b")]).Read();
        Assert.Equal(["300102", "03", "04"], lists.Select(list => Convert.ToHexString(list.Der.Span)));
        Assert.All(lists, list => Assert.Equal("", list.Fault));
    }

    [Theory]
    [InlineData("CERTIFICATE", "holds a block `CERTIFICATE`")]
    [InlineData("", "neither DER nor PEM")]
    public void What_holds_no_list_is_a_fault(string label, string fault)
    {
        File.WriteAllText(_directory.File("a"), label.Length == 0 ? "nothing" : Pem(label, 1));
        Assert.Contains(fault, Assert.Single(new ListFiles([_directory.File("a")]).Read()).Fault, StringComparison.Ordinal);
    }

    [Fact]
    public void A_file_that_is_not_there_or_too_large_is_a_fault()
    {
        using (var large = File.Create(_directory.File("large")))
        {
            large.SetLength((16 << 20) + 1);
        }

        var lists = new ListFiles([_directory.File("none"), _directory.File("large")]).Read();
        Assert.Contains("none", lists[0].Fault, StringComparison.Ordinal);
        Assert.Contains("larger than", lists[1].Fault, StringComparison.Ordinal);
    }

    [Fact]
    public void More_lists_than_there_may_be_are_a_fault()
    {
        File.WriteAllText(_directory.File("a"), string.Concat(Enumerable.Repeat(Pem("X509 CRL", 1) + "\n", 65)));
        Assert.Contains("more than 64", Assert.Single(new ListFiles([_directory.File("a")]).Read()).Fault, StringComparison.Ordinal);
    }

    private static string Pem(string label, byte content) => PemEncoding.WriteString(label, [content]);
}
