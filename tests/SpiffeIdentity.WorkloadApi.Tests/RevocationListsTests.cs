using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using FsCheck;
using FsCheck.Fluent;
using Google.Protobuf;
using SpiffeIdentity.Svids;
using SpiffeIdentity.WorkloadApi.Tests.Fakes;
using TestSupport;
using Xunit;

namespace SpiffeIdentity.WorkloadApi.Tests;

// RFC 5280 §5.1.
public sealed class RevocationListsTests : IDisposable
{
    private readonly TestDomain _domain = new();

    public void Dispose() => _domain.Dispose();

    [Fact]
    public void A_named_leaf_is_found_and_another_is_not()
    {
        var (one, two) = (Issue("/one"), Issue("/two"));
        var lists = Read(_domain.RevocationList([.. one.SerialNumber.Span]));
        Assert.True(lists.Names(one));
        Assert.False(lists.Names(two));
        Assert.Equal(1, lists.Count);
    }

    [Fact]
    public void The_same_serial_number_of_another_issuer_is_not_meant()
    {
        using var other = new TestDomain("other.test");
        var svid = Issue("/one");
        Assert.False(Read(other.RevocationList([.. svid.SerialNumber.Span])).Names(svid));
    }

    [Fact]
    public void A_named_intermediate_revokes_what_it_signed()
    {
        var svid = Issue("/one");
        using var intermediate = X509CertificateLoader.LoadCertificate(svid.Certificates[1].Span);
        var lists = Read(TestDomain.RevocationList(intermediate.IssuerName.RawData, [.. intermediate.SerialNumberBytes.Span]));
        Assert.True(lists.Names(svid));
    }

    [Fact]
    public void Several_lists_are_one()
    {
        var (one, two) = (Issue("/one"), Issue("/two"));
        Assert.True(RevocationLists.TryRead(
            [_domain.RevocationList([.. one.SerialNumber.Span]).Memory, _domain.RevocationList([.. two.SerialNumber.Span]).Memory], out var lists));
        Assert.True(lists.Names(one));
        Assert.True(lists.Names(two));
    }

    [Fact]
    public void A_list_that_names_nobody_is_a_list() => Assert.Equal(0, Read(_domain.RevocationList()).Count);

    [Fact]
    public void A_real_list_is_read()
    {
        var svid = Issue("/one");
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest("CN=real", key, HashAlgorithmName.SHA256);
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(true, false, 0, true));
        request.CertificateExtensions.Add(new X509KeyUsageExtension(X509KeyUsageFlags.CrlSign | X509KeyUsageFlags.KeyCertSign, true));
        request.CertificateExtensions.Add(new X509SubjectKeyIdentifierExtension(request.PublicKey, false));
        using var issuer = request.CreateSelfSigned(_domain.Now.AddDays(-1), _domain.Now.AddDays(1));
        var builder = new CertificateRevocationListBuilder();
        builder.AddEntry([.. svid.SerialNumber.Span], reason: X509RevocationReason.KeyCompromise);
        builder.AddEntry([0x01, 0x02]);
        Assert.Equal(2, Read(ByteString.CopyFrom(builder.Build(issuer, 1, _domain.Now.AddDays(1), HashAlgorithmName.SHA256))).Count);
    }

    [Fact]
    public void Anything_else_is_refused_and_nothing_throws()
    {
        var good = _domain.RevocationList([1, 2, 3], [4, 5]).ToByteArray();
        Prop.ForAll(Gen.OneOf(
                from at in Gen.Choose(0, good.Length - 1) from value in Gen.Choose(0, 255) select Changed(good, at, (byte)value),
                from length in Gen.Choose(0, good.Length - 1) select good[..length],
                ArbMap.Default.GeneratorFor<byte[]>()).ToArbitrary(),
            bytes => !RevocationLists.TryRead([bytes], out var lists) || lists.Count <= 2).QuickCheckThrowOnFailure();
        Assert.False(RevocationLists.TryRead([good.AsMemory()[..^1]], out _));
        Assert.False(RevocationLists.TryRead([(ReadOnlyMemory<byte>)(byte[])[.. good, 0]], out _));
        Assert.False(RevocationLists.TryRead([Array.Empty<byte>()], out _));
        Assert.False(RevocationLists.TryRead([TestAuthority.CreateRoot().Certificate], out _));
    }

    private static byte[] Changed(byte[] bytes, int at, byte value)
    {
        var changed = (byte[])bytes.Clone();
        changed[at] = value;
        return changed;
    }

    private static RevocationLists Read(ByteString list)
    {
        Assert.True(RevocationLists.TryRead([list.Memory], out var lists));
        return lists;
    }

    private X509Svid Issue(string path)
    {
        Assert.True(SpiffeIdentity.WorkloadApi.Messages.DerSequence.TrySplit(_domain.Issue(path).X509Svid.Memory, 10, out var certificates));
        Assert.True(X509Svid.TryParse(certificates, out var svid, out _));
        return svid;
    }
}
