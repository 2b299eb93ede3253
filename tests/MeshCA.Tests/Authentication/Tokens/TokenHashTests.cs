using System.Security.Cryptography;
using System.Text;
using FsCheck;
using FsCheck.Fluent;
using MeshCA.Authentication.Tokens;
using Xunit;

namespace MeshCA.Tests.Authentication.Tokens;

public sealed class TokenHashTests
{
    [Fact]
    public void The_hash_is_sha256_of_the_ascii_octets() =>
        Prop.ForAll<string?>(text =>
        {
            var ascii = Ascii.IsValid(text ?? "");
            var expected = Convert.ToHexStringLower(SHA256.HashData(Encoding.ASCII.GetBytes(text ?? "")));
            return TokenHash.TryCompute(text, out var hash) == ascii && (!ascii || expected.StartsWith(hash.ToShortText(), StringComparison.Ordinal));
        }).QuickCheckThrowOnFailure();

    [Fact]
    public void Text_that_ascii_would_fold_into_another_has_no_hash()
    {
        Assert.True(TokenHash.TryCompute("a?", out _));
        Assert.False(TokenHash.TryCompute("aé", out var hash));
        Assert.Equal(default, hash);
    }
}
