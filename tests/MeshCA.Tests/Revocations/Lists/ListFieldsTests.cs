using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using MeshCA.Revocations.Lists;
using Xunit;

namespace MeshCA.Tests.Revocations.Lists;

public sealed class ListFieldsTests
{
    private static readonly byte[] Platform = Build();

    [Fact]
    public void A_list_that_the_platform_built_is_read()
    {
        Assert.True(ListFields.TryDivide(Platform, out var tbs, out var signature));
        Assert.NotEmpty(signature);
        Assert.True(ListFields.TryRead(tbs, out var fields));
        Assert.Equal(42, fields.Number);
        Assert.Equal([new(77), new(78)], fields.Serials);
        Assert.False(fields.IsLimited);
    }

    [Fact]
    public void What_is_no_list_is_refused_and_never_throws()
    {
        for (var i = 0; i < Platform.Length; i++)
        {
            Assert.False(ListFields.TryDivide(Platform.AsMemory(0, i), out _, out _));
            foreach (var value in (byte[])[0x00, 0x30, 0x80, 0xFF])
            {
                var changed = Platform.ToArray();
                changed[i] = value;
                if (ListFields.TryDivide(changed, out var tbs, out _))
                {
                    _ = ListFields.TryRead(tbs, out _);
                }
            }
        }
    }

    private static byte[] Build()
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest("CN=a", key, HashAlgorithmName.SHA256);
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(true, false, 0, true));
        request.CertificateExtensions.Add(new X509SubjectKeyIdentifierExtension(request.PublicKey, false));
        using var issuer = request.CreateSelfSigned(new(2026, 1, 1, 0, 0, 0, default), new(2027, 1, 1, 0, 0, 0, default));
        var builder = new CertificateRevocationListBuilder();
        builder.AddEntry([77], new DateTimeOffset(2026, 1, 2, 0, 0, 0, default), X509RevocationReason.KeyCompromise);
        builder.AddEntry([78], new DateTimeOffset(2026, 1, 2, 0, 0, 0, default));
        return builder.Build(issuer, 42, new(2026, 2, 1, 0, 0, 0, default), HashAlgorithmName.SHA256, thisUpdate: new DateTimeOffset(2026, 1, 2, 0, 0, 0, default));
    }
}
