using System.CommandLine;
using System.CommandLine.Parsing;
using System.Globalization;

namespace MeshCA.Admin;

/// <summary>How options are read whose form the command-line library does not know, or reports by the names of our types.</summary>
internal static class OptionForms
{
    /// <summary>Lets an option take an absolute URL of the schemes named.</summary>
    public static Option<Uri> AsUrl(this Option<Uri> option, params string[] schemes)
    {
        option.CustomParser = result =>
        {
            var text = result.Tokens[^1].Value;
            if (Uri.TryCreate(text, UriKind.Absolute, out var url) && schemes.Contains(url.Scheme) && url.Host.Length > 0)
            {
                return url;
            }

            result.AddError($"{Name(result)} takes {string.Join(" or ", schemes.Select(scheme => $"{scheme}://host:port"))}, not `{text}`");
            return null;
        };
        return option;
    }

    /// <summary>Lets an option take a length of time.</summary>
    /// <param name="option">The option.</param>
    /// <param name="shortest">The shortest it may be.</param>
    public static Option<TimeSpan> AsLength(this Option<TimeSpan> option, TimeSpan shortest)
    {
        option.CustomParser = result =>
        {
            var text = result.Tokens[^1].Value;
            if (TimeSpan.TryParseExact(text, "c", CultureInfo.InvariantCulture, out var length) && length >= shortest && length <= Longest)
            {
                return length;
            }

            result.AddError($"{Name(result)} takes a length of time as [d.]hh:mm:ss, at least {shortest}, not `{text}`");
            return default;
        };
        return option;
    }

    /// <summary>Lets an option take one of an enum's names.</summary>
    public static Option<TEnum?> AsOneOf<TEnum>(this Option<TEnum?> option)
        where TEnum : struct, Enum
    {
        option.CustomParser = result => Read<TEnum>(result);
        return option;
    }

    /// <summary>Lets an option take one of an enum's names.</summary>
    public static Option<TEnum> AsOneOf<TEnum>(this Option<TEnum> option)
        where TEnum : struct, Enum
    {
        option.CustomParser = result => Read<TEnum>(result) ?? default;
        return option;
    }

    // A century: no sum with a time of today leaves what a clock can show.
    private static readonly TimeSpan Longest = TimeSpan.FromDays(36_525);

    private static TEnum? Read<TEnum>(ArgumentResult result)
        where TEnum : struct, Enum
    {
        // By name only: the platform would read any number as a value.
        var text = result.Tokens[^1].Value;
        foreach (var value in Enum.GetValues<TEnum>())
        {
            if (string.Equals(value.ToString(), text, StringComparison.OrdinalIgnoreCase))
            {
                return value;
            }
        }

        result.AddError($"{Name(result)} takes one of {string.Join(", ", Enum.GetNames<TEnum>())}, not `{text}`");
        return null;
    }

    private static string Name(ArgumentResult result) => result.Parent is OptionResult { Option.Name: var name } ? name : result.Argument.Name;
}
