using System.ComponentModel.DataAnnotations;
using System.IO;
using Microsoft.Extensions.Options;

namespace MeshCA.Configuration;

/// <summary>Where the embedded store lives, what seals it, and how long it keeps records.</summary>
internal sealed class StorageOptions : IValidatableObject
{
    /// <summary>The configuration section.</summary>
    public const string Section = "Storage";

    /// <summary>Directory of the database, its lock and (in dev) its key; made 0700 where it is missing.</summary>
    [Required]
    public string DirectoryPath { get; set; } = "/var/lib/meshca";

    /// <summary>File with the key-encryption key: 32 bytes as Base64 or 64 hexadecimal digits.</summary>
    public string? KeyEncryptionKeyFile { get; set; }

    /// <summary>Name of the environment variable that holds the key-encryption key, in the same forms.</summary>
    public string? KeyEncryptionKeyVariable { get; set; }

    /// <summary>Whether a new store may draw its own key into a 0600 file: for dev, since key and data then lie side by side.</summary>
    public bool CreateKeyEncryptionKey { get; set; }

    /// <summary>Records (journal and audit together) after which a checkpoint is signed.</summary>
    [Range(1, 1_000_000)]
    public int CheckpointInterval { get; set; } = 1_000;

    /// <summary>Longest time that records stay without a signed checkpoint behind them.</summary>
    [Range(typeof(TimeSpan), "00:00:01", "1.00:00:00")]
    public TimeSpan CheckpointMaxAge { get; set; } = TimeSpan.FromMinutes(5);

    /// <summary>Most writes that share one transaction.</summary>
    [Range(1, 10_000)]
    public int MaxBatch { get; set; } = 256;

    /// <summary>Longest wait for more writes to share a transaction, where callers come side by side; zero never waits.</summary>
    [Range(typeof(TimeSpan), "00:00:00", "00:00:01")]
    public TimeSpan GroupDelay { get; set; } = TimeSpan.FromMilliseconds(2);

    /// <summary>Most writes that wait; one more is refused at once, so that overload never grows memory.</summary>
    [Range(1, 1_000_000)]
    public int QueueBound { get; set; } = 4_096;

    /// <summary>Pages of 4 KiB in the write-ahead log after which SQLite moves them into the database file.</summary>
    [Range(100, 1_000_000)]
    public int WalCheckpointPages { get; set; } = 4_000;

    /// <summary>How far the clock may stand behind the newest record before issuing stops.</summary>
    [Range(typeof(TimeSpan), "00:00:01", "1.00:00:00")]
    public TimeSpan MaxClockStep { get; set; } = TimeSpan.FromMinutes(5);

    /// <summary>How long a journal record is kept after its certificate ended.</summary>
    [Range(typeof(TimeSpan), "00:00:00", "3650.00:00:00")]
    public TimeSpan Retention { get; set; } = TimeSpan.FromDays(90);

    /// <summary>How long an audit event is kept.</summary>
    [Range(typeof(TimeSpan), "1.00:00:00", "3650.00:00:00")]
    public TimeSpan AuditRetention { get; set; } = TimeSpan.FromDays(400);

    /// <summary>How long after its last token an identity may renew by certificate; records younger than that stay.</summary>
    [Range(typeof(TimeSpan), "00:00:00", "3650.00:00:00")]
    public TimeSpan RenewalBound { get; set; } = TimeSpan.FromDays(7);

    /// <summary>Time between two runs of retention.</summary>
    [Range(typeof(TimeSpan), "00:00:10", "7.00:00:00")]
    public TimeSpan RetentionInterval { get; set; } = TimeSpan.FromHours(1);

    /// <summary>Time between two looks at the clock and the newest checkpoint's age; a store idle for so long is tried with a small write.</summary>
    [Range(typeof(TimeSpan), "00:00:00.1", "00:10:00")]
    public TimeSpan ProbeInterval { get; set; } = TimeSpan.FromSeconds(5);

    /// <inheritdoc />
    public IEnumerable<ValidationResult> Validate(ValidationContext validationContext)
    {
        if (!string.IsNullOrEmpty(KeyEncryptionKeyFile) && !string.IsNullOrEmpty(KeyEncryptionKeyVariable))
        {
            yield return new(
                $"{nameof(KeyEncryptionKeyFile)} and {nameof(KeyEncryptionKeyVariable)} exclude each other.",
                [nameof(KeyEncryptionKeyFile)]);
        }

        if (string.IsNullOrEmpty(KeyEncryptionKeyFile)
            && string.IsNullOrEmpty(KeyEncryptionKeyVariable)
            && !CreateKeyEncryptionKey)
        {
            yield return new(
                $"A key-encryption key is needed: set {nameof(KeyEncryptionKeyFile)} or {nameof(KeyEncryptionKeyVariable)}.",
                [nameof(KeyEncryptionKeyFile)]);
        }

        if (MaxBatch > QueueBound)
        {
            yield return new($"{nameof(MaxBatch)} exceeds {nameof(QueueBound)}.", [nameof(MaxBatch)]);
        }

        if (DirectoryPath is { Length: > 0 } && !Path.IsPathFullyQualified(DirectoryPath))
        {
            // A relative path would mean another store after the next `cd`.
            yield return new($"{nameof(DirectoryPath)} is not absolute.", [nameof(DirectoryPath)]);
        }
    }
}

/// <summary>Checks <see cref="StorageOptions"/> before the service starts.</summary>
[OptionsValidator]
internal sealed partial class StorageOptionsValidator : IValidateOptions<StorageOptions>;

/// <summary>Rule between sections: what a renewal looks up must still be there.</summary>
internal sealed class RenewalsFitValidator(IOptions<AuthenticationOptions> authentication) : IValidateOptions<StorageOptions>
{
    public ValidateOptionsResult Validate(string? name, StorageOptions options)
    {
        TimeSpan maxAge;
        try
        {
            maxAge = authentication.Value.ClientCertificates.MaxAgeAfterToken;
        }

        // What is wrong with that section itself is reported there.
        catch (OptionsValidationException)
        {
            return ValidateOptionsResult.Skip;
        }

        return options.RenewalBound < maxAge
            ? ValidateOptionsResult.Fail(
                $"Storage:RenewalBound {options.RenewalBound} is shorter than Authentication:ClientCertificates:MaxAgeAfterToken "
                + $"{maxAge}: retention would remove records that renewals still need.")
            : ValidateOptionsResult.Success;
    }
}
