using System.Text;
using MeshCA.Admin.Federation;
using Xunit;

namespace MeshCA.Tests.Admin.Federation;

/// <summary>spiffe §4.2: every parameter of a relationship is given, none is guessed.</summary>
public sealed class InvitationTests
{
    [Theory]
    [InlineData("""{"trust_domain":"a.org","url":"https://a.org/","profile":"https_web","bundle":{"keys":[]}}""", true)]
    [InlineData("""{"trust_domain":null,"url":"https://a.org/","profile":"https_web","bundle":{"keys":[]}}""", false)]
    [InlineData("""{"trust_domain":"a.org","url":null,"profile":"https_web","bundle":{"keys":[]}}""", false)]
    [InlineData("""{"trust_domain":"a.org","url":"https://a.org/","profile":null,"bundle":{"keys":[]}}""", false)]
    [InlineData("""{"trust_domain":"a.org","url":"https://a.org/","profile":"https_web","bundle":null}""", false)]
    [InlineData("""{"trust_domain":"a.org","url":"https://a.org/","profile":"https_web"}""", false)]
    [InlineData("null", false)]
    [InlineData("", false)]
    public void An_invitation_has_all_parts_or_is_none(string text, bool expected) =>
        Assert.Equal(expected, Invitation.TryRead(Encoding.UTF8.GetBytes(text), out _));
}
