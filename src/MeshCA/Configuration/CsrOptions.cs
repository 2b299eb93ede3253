using System.ComponentModel.DataAnnotations;
using MeshCA.Cryptography;
using MeshCA.Csr;
using Microsoft.Extensions.Options;

namespace MeshCA.Configuration;

/// <summary>Which certificate signing requests are accepted.</summary>
internal sealed class CsrOptions : IValidatableObject
{
    public const string Section = "Csr";

    /// <summary>Longest PEM text, in characters.</summary>
    [Range(1024, 1024 * 1024)]
    public int MaxLength { get; set; } = CsrPolicy.DefaultMaxLength;

    /// <summary>Whether P-256 keys are certified.</summary>
    public bool AllowEcdsaP256 { get; set; } = true;

    /// <summary>Whether P-384 keys are certified.</summary>
    public bool AllowEcdsaP384 { get; set; } = true;

    /// <summary>Whether RSA keys are certified.</summary>
    public bool AllowRsa { get; set; } = true;

    /// <summary>Shortest RSA modulus, in bits.</summary>
    [Range(KeyPolicy.RsaFloor, KeyPolicy.RsaCeiling)]
    public int MinRsaBits { get; set; } = 2048;

    /// <summary>Longest RSA modulus, in bits.</summary>
    [Range(KeyPolicy.RsaFloor, KeyPolicy.RsaCeiling)]
    public int MaxRsaBits { get; set; } = 4096;

    /// <inheritdoc />
    public IEnumerable<ValidationResult> Validate(ValidationContext validationContext)
    {
        if (MinRsaBits > MaxRsaBits)
        {
            yield return new($"{nameof(MinRsaBits)} exceeds {nameof(MaxRsaBits)}.", [nameof(MinRsaBits)]);
        }

        if (!AllowEcdsaP256 && !AllowEcdsaP384 && !AllowRsa)
        {
            yield return new("No key algorithm is allowed.", [nameof(AllowEcdsaP256)]);
        }
    }

    /// <summary>The policy these options describe.</summary>
    public CsrPolicy ToPolicy() => new(new KeyPolicy(Algorithms(), MinRsaBits, MaxRsaBits), MaxLength);

    private IEnumerable<KeyAlgorithm> Algorithms() =>
        new[]
        {
            (AllowEcdsaP256, KeyAlgorithm.EcdsaP256), (AllowEcdsaP384, KeyAlgorithm.EcdsaP384), (AllowRsa, KeyAlgorithm.Rsa),
        }.Where(pair => pair.Item1).Select(pair => pair.Item2);
}

/// <summary>Validates <see cref="CsrOptions"/>.</summary>
[OptionsValidator]
internal sealed partial class CsrOptionsValidator : IValidateOptions<CsrOptions>;
