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

    /// <summary>Says what the binder threw, in the words of who wrote the settings.</summary>
    /// <param name="section">What was bound.</param>
    /// <param name="fault">What the binder threw: of an unknown name, or of a value that does not parse.</param>
    /// <typeparam name="TOptions">What it was bound to.</typeparam>
    public static IEnumerable<string> Explain<TOptions>(IConfiguration section, InvalidOperationException fault)
    {
        string[] unknown = [.. Unknown(section, typeof(TOptions)).Select(path => $"There is no setting `{path}`.")];
        return unknown.Length > 0 ? unknown : [$"{fault.Message} {fault.InnerException?.Message}".TrimEnd()];
    }

    // As deep as our own types go; what is in a library's type, or a plain value, the binder alone knows.
    private static IEnumerable<string> Unknown(IConfiguration section, Type type)
    {
        foreach (var child in section.GetChildren())
        {
            var property = type.GetProperties().FirstOrDefault(property => property.Name.Equals(child.Key, StringComparison.OrdinalIgnoreCase));
            var element = property?.PropertyType.GenericTypeArguments.LastOrDefault();
            var inner = property is null ? [child.Path]
                : element?.Assembly == type.Assembly ? child.GetChildren().SelectMany(item => Unknown(item, element))
                : property.PropertyType.Assembly == type.Assembly ? Unknown(child, property.PropertyType)
                : [];
            foreach (var path in inner)
            {
                yield return path;
            }
        }
    }

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
            throw new OptionsValidationException(Options.DefaultName, typeof(TOptions), [.. Explain<TOptions>(section, fault)]);
        }
    }
}
