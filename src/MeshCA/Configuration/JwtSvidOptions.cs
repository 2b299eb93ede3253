using System.ComponentModel.DataAnnotations;
using MeshCA.Authorities;
using MeshCA.Authorities.JwtKeys;
using MeshCA.Cryptography;
using MeshCA.Issuance;
using Microsoft.Extensions.Options;

namespace MeshCA.Configuration;

/// <summary>JWT-SVIDs: whether they are issued, for how long, and by which keys.</summary>
internal sealed class JwtSvidOptions : IValidatableObject
{
    public const string Section = "JwtSvids";

    // Clouds take 2,048 bits everywhere, and longer keys only make tokens longer.
    private const int RsaKeySize = 2048;

    /// <summary>Whether JWT-SVIDs are issued; where not, no keys of theirs are published.</summary>
    public bool Enabled { get; set; } = true;

    /// <summary>URL that tokens name as their issuer and under which others find keys (OpenID Connect Discovery); https, without a slash at its end. Empty: tokens
    /// name none, and there is no discovery document.</summary>
    [MaxLength(512)]
    public string Issuer { get; set; } = "";

    /// <summary>Lifetime when the request asks for none.</summary>
    [Range(typeof(TimeSpan), "00:00:01", "1.00:00:00")]
    public TimeSpan DefaultLifetime { get; set; } = TimeSpan.FromMinutes(5);

    /// <summary>Longest lifetime granted; longer requests get this. A key keeps the one that it was made with, so a longer one begins with the next key.</summary>
    [Range(typeof(TimeSpan), "00:00:01", "1.00:00:00")]
    public TimeSpan MaxLifetime { get; set; } = TimeSpan.FromHours(1);

    /// <summary>Key that signs tokens: EcdsaP256 (ES256), EcdsaP384 (ES384) or Rsa (2,048 bits, RS256: what every cloud takes).</summary>
    [EnumDataType(typeof(KeyAlgorithm))]
    public KeyAlgorithm Key { get; set; } = KeyAlgorithm.EcdsaP256;

    /// <summary>For how long one key signs; then the next one does, which was published all the while. Up to a quarter longer while a consumer that reports lacks
    /// the next one.</summary>
    [Range(typeof(TimeSpan), "00:00:10", "365.00:00:00")]
    public TimeSpan KeyLifetime { get; set; } = TimeSpan.FromDays(7);

    /// <summary>For how long a key is published before it may sign: several times as long as verifiers wait between two looks, which is 5 minutes. At most
    /// <see cref="KeyLifetime"/>.</summary>
    [Range(typeof(TimeSpan), "00:00:00", "30.00:00:00")]
    public TimeSpan PropagationWindow { get; set; } = TimeSpan.FromMinutes(30);

    public IEnumerable<ValidationResult> Validate(ValidationContext validationContext)
    {
        if (DefaultLifetime > MaxLifetime)
        {
            yield return new(
                $"{nameof(DefaultLifetime)} {DefaultLifetime} exceeds {nameof(MaxLifetime)} {MaxLifetime} by {DefaultLifetime - MaxLifetime}.",
                [nameof(DefaultLifetime)]);
        }

        if (PropagationWindow > KeyLifetime)
        {
            yield return new(
                $"{nameof(PropagationWindow)} {PropagationWindow} exceeds {nameof(KeyLifetime)} {KeyLifetime} by {PropagationWindow - KeyLifetime}: "
                + "the next key is published when the present one begins to sign, and could not take over in time.",
                [nameof(PropagationWindow)]);
        }

        if (Issuer.Length > 0 && !IsIssuer(Issuer))
        {
            yield return new($"{nameof(Issuer)} `{Issuer}` is no https URL without query, fragment, user and slash at its end.", [nameof(Issuer)]);
        }
    }

    /// <summary>The settings of keys as the core takes them.</summary>
    public JwtKeySettings ToKeySettings() => new()
    {
        IsEnabled = Enabled,
        Key = new KeyChoice(Key, RsaKeySize),
        Lifetime = KeyLifetime,
        Propagation = PropagationWindow,
        LongestToken = WholeSeconds(MaxLifetime),
    };

    /// <summary>The lifetimes of tokens as the core takes them.</summary>
    public LifetimePolicy ToLifetimes() => new()
    {
        Default = WholeSeconds(DefaultLifetime),
        Max = WholeSeconds(MaxLifetime),
        AuthorityFloor = TimeSpan.Zero,
        Backdate = TimeSpan.Zero,
    };

    // Tokens know whole seconds.
    private static TimeSpan WholeSeconds(TimeSpan time) => TimeSpan.FromTicks(time.Ticks - (time.Ticks % TimeSpan.TicksPerSecond));

    // OpenID Connect Discovery §3: https, with neither query nor fragment. It is compared letter by letter, so it is taken as it stands.
    private static bool IsIssuer(string text) =>
        Uri.TryCreate(text, UriKind.Absolute, out var url)
        && url.Scheme == Uri.UriSchemeHttps
        && text.StartsWith("https://", StringComparison.Ordinal)
        && url.UserInfo.Length == 0
        && url.Host.Length > 0
        && !text.EndsWith('/')
        && text.AsSpan().IndexOfAny("?#\\ ") < 0
        && !text.AsSpan().ContainsAnyExceptInRange('!', '~');
}

[OptionsValidator]
internal sealed partial class JwtSvidOptionsValidator : IValidateOptions<JwtSvidOptions>;
