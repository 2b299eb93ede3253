using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;

namespace MeshCA.Configuration;

/// <summary>Binds sections so that a misspelt name, or a value that does not parse, is a fault of that section alone.</summary>
internal static class StrictBinding
{
    /// <summary>Binds a section and has it validated at start.</summary>
    /// <param name="options">The options.</param>
    /// <param name="section">Their section.</param>
    public static OptionsBuilder<TOptions> BindStrictly<TOptions>(this OptionsBuilder<TOptions> options, IConfiguration section)
        where TOptions : class =>
        options.Configure(target => Bind(target, section)).ValidateOnStart();

    private static void Bind<TOptions>(TOptions target, IConfiguration section)
        where TOptions : class
    {
        try
        {
            section.Bind(target, binder => binder.ErrorOnUnknownConfiguration = true);
        }
        catch (InvalidOperationException fault)
        {
            // The validation at start collects this type from all sections; any other would hide the faults of the rest.
            var cause = fault.InnerException is { } inner ? $" {inner.Message}" : "";
            throw new OptionsValidationException(Options.DefaultName, typeof(TOptions), [fault.Message + cause]);
        }
    }
}
