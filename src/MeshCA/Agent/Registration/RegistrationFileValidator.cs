using MeshCA.Configuration;
using Microsoft.Extensions.Options;

namespace MeshCA.Agent.Registration;

/// <summary>Names every fault of the registration file at the start, beside those of the settings. Later ones are logged, and change nothing.</summary>
internal sealed class RegistrationFileValidator : IValidateOptions<WorkloadOptions>
{
    /// <inheritdoc />
    public ValidateOptionsResult Validate(string? name, WorkloadOptions options) =>
        options.RegistrationFile.Length > 0 && FaultsOf(options.RegistrationFile, RegistrationFile.Read(options.RegistrationFile)) is { Count: > 0 } faults
            ? ValidateOptionsResult.Fail(faults)
            : ValidateOptionsResult.Success;

    /// <summary>What is wrong with a reading.</summary>
    public static IReadOnlyList<string> FaultsOf(string path, RegistrationReading reading) => reading switch
    {
        RegistrationReading.Read => [],
        RegistrationReading.Failed(var faults) => faults,
        RegistrationReading.Unsettled => [$"{path}: it is being written"],
        _ => throw new System.Diagnostics.UnreachableException(),
    };
}
