using FsCheck;
using FsCheck.Fluent;
using System.Text;
using SpiffeIdentity.Svids;
using Xunit;
using static SpiffeIdentity.Tests.RawToken;

namespace SpiffeIdentity.Tests.Svids;

public sealed class JwtSvidValidatorTests
{
    [Fact]
    public void A_good_token_is_told_whole()
    {
        var verdict = JwtSvidValidator.Validate(Good, Audience, Trusted, Now);
        var (svid, _) = (Assert.IsType<JwtSvidValidation.Accepted>(verdict).Svid, 0);
        Assert.Equal(Subject, svid.Id.ToString());
        Assert.Equal(GoodClaims, Encoding.UTF8.GetString(svid.Payload.Span));
    }

    [Fact]
    public void Times_at_the_ends_of_the_calendar_do_not_throw()
    {
        foreach (var now in (DateTimeOffset[])[DateTimeOffset.MinValue, DateTimeOffset.MaxValue, Now])
        {
            foreach (var exp in (string[])["0", "253402300799"])
            {
                _ = JwtSvidValidator.Validate(Sign(Header, Claims(exp: exp, more: $",\"nbf\":{exp},\"iat\":{exp}")), Audience, Trusted, now);
            }
        }
    }

    [Fact]
    public void No_mutation_of_a_token_is_accepted_and_none_throws()
    {
        var token = Good;
        Prop.ForAll(Gens.Mutations(Encoding.ASCII.GetBytes(token)).ToArbitrary(), mutated =>
        {
            var text = Encoding.Latin1.GetString(mutated);
            return text == token || JwtSvidValidator.Validate(text, Audience, Trusted, Now) is JwtSvidValidation.Refused;
        }).Check(Config.QuickThrowOnFailure.WithMaxTest(1000));
    }

    [Fact]
    public void No_header_and_no_payload_throws_even_when_well_signed()
    {
        byte[] Sign64(byte[] content) => Key.SignData(content, System.Security.Cryptography.HashAlgorithmName.SHA256);
        var parts = Gens.Mutations(Encoding.UTF8.GetBytes(Header)).Zip(Gens.Mutations(Encoding.UTF8.GetBytes(GoodClaims)));
        Prop.ForAll(parts.ToArbitrary(), part =>
            JwtSvidValidator.Validate(RawToken.Sign(part.Item1, part.Item2, Sign64), Audience, Trusted, Now) is not null)
            .Check(Config.QuickThrowOnFailure.WithMaxTest(500));
    }

    [Fact]
    public void One_bundle_validates_for_many_at_once()
    {
        var token = Good;
        var refused = 0;
        System.Threading.Tasks.Parallel.For(0, 200, new System.Threading.Tasks.ParallelOptions { MaxDegreeOfParallelism = 16 }, _ =>
        {
            if (JwtSvidValidator.Validate(token, Audience, Trusted, Now) is JwtSvidValidation.Refused)
            {
                Interlocked.Increment(ref refused);
            }
        });
        Assert.Equal(0, refused);
    }
}
