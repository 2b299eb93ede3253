using System.ComponentModel.DataAnnotations;
using MeshCA.Administration;
using MeshCA.Registration;
using Microsoft.Extensions.Options;

namespace MeshCA.Configuration;

/// <summary>Who administers a running service. This machine's root and the service's own user always do, over `Server:AdminSocket`.</summary>
internal sealed class AdminOptions : IValidatableObject
{
    public const string Section = "Admin";

    /// <summary>Whether administrators are served on the TLS port too, where their client certificate's SPIFFE ID has a grant.</summary>
    public bool OnTlsPort { get; set; }

    /// <summary>Further administrators; at most 256.</summary>
    [MaxLength(256)]
    [ValidateEnumeratedItems]
    public List<AdminGrantOptions> Grants { get; set; } = [];

    public IEnumerable<ValidationResult> Validate(ValidationContext validationContext)
    {
        foreach (var repeated in Grants.GroupBy(grant => grant.Holder).Where(group => group.Key.Length > 0 && group.Count() > 1))
        {
            yield return new($"`{repeated.Key}` has two grants.", [nameof(Grants)]);
        }

        // Who writes such a grant believes that it is in force.
        if (!OnTlsPort && Grants.Exists(grant => grant.Uid is null))
        {
            yield return new($"grants to SPIFFE IDs need {nameof(OnTlsPort)}.", [nameof(Grants)]);
        }
    }

    /// <summary>The grants.</summary>
    /// <param name="own">The service's user id.</param>
    public AdminGrants ToGrants(uint own) => new(own)
    {
        Users = Grants.Where(grant => grant.Uid is not null).ToDictionary(grant => grant.Uid.GetValueOrDefault(), grant => grant.ToGrant()),
        Identities = Grants.Where(grant => grant.SpiffeId.Length > 0)
            .ToDictionary(grant => SpiffeIdentity.SpiffeId.Parse(grant.SpiffeId), grant => grant.ToGrant()),
        Prefixes =
        [
            .. Grants.Where(grant => grant.SpiffeIdPrefix.Length > 0)
                .Select(grant => (AdminGrantOptions.PrefixOf(grant.SpiffeIdPrefix)!, grant.ToGrant())),
        ],
    };
}

/// <summary>What one administrator, or those below a prefix, may do.</summary>
internal sealed class AdminGrantOptions : IValidatableObject
{
    /// <summary>The SPIFFE ID of whom it is for.</summary>
    public string SpiffeId { get; set; } = "";

    /// <summary>Or the SPIFFE ID that is theirs or above theirs, by whole segments. Of several grants that fit, the longest counts.</summary>
    public string SpiffeIdPrefix { get; set; } = "";

    /// <summary>Or the user id on this machine. A grant to one opens the socket's file to all users; whom the kernel names as another is turned away.</summary>
    [Range(typeof(uint), "1", "4294967294")]
    public uint? Uid { get; set; }

    /// <summary>`Viewer` sees, `Operator` operates, `SecurityOfficer` may do everything.</summary>
    public AdminRole Role { get; set; } = AdminRole.Viewer;

    /// <summary>SPIFFE IDs; only these, and those below them by whole segments, may be seen and affected. None: all. Methods that know no scopes are closed to whom has some.</summary>
    [MaxLength(64)]
    public string[] Scopes { get; set; } = [];

    /// <summary>Whom it is for, as text.</summary>
    internal string Holder => Uid is { } uid ? $"uid:{uid}" : SpiffeId.Length > 0 ? SpiffeId : SpiffeIdPrefix.Length > 0 ? SpiffeIdPrefix + "/*" : "";

    public IEnumerable<ValidationResult> Validate(ValidationContext validationContext)
    {
        if ((SpiffeId.Length > 0 ? 1 : 0) + (SpiffeIdPrefix.Length > 0 ? 1 : 0) + (Uid is null ? 0 : 1) != 1)
        {
            yield return new(
                $"exactly one of {nameof(SpiffeId)}, {nameof(SpiffeIdPrefix)}, {nameof(Uid)} is needed.", [nameof(SpiffeId)]);
        }

        if (!Enum.IsDefined(Role))
        {
            yield return new($"`{Role}` is no role.", [nameof(Role)]);
        }

        foreach (var (name, text) in Texts())
        {
            if (!SpiffeIdentity.SpiffeId.TryParse(text, out _, out var error))
            {
                yield return new($"`{text}` is no SPIFFE ID: {error} (SPIFFE-ID §2).", [name]);
            }
        }
    }

    internal AdminGrant ToGrant() => new(Role, [.. Scopes.Select(scope => PrefixOf(scope)!)]);

    internal static SpiffeIdPrefix? PrefixOf(string text) =>
        Registration.SpiffeIdPrefix.TryParse(text, out var prefix, out _) ? prefix : null;

    private IEnumerable<(string Name, string Text)> Texts()
    {
        (string Name, string Text)[] holders = [(nameof(SpiffeId), SpiffeId), (nameof(SpiffeIdPrefix), SpiffeIdPrefix)];
        return holders.Where(holder => holder.Text.Length > 0).Concat(Scopes.Select(scope => (nameof(Scopes), scope)));
    }
}

[OptionsValidator]
internal sealed partial class AdminOptionsValidator : IValidateOptions<AdminOptions>;
