using Microsoft.EntityFrameworkCore.Migrations;

#nullable disable

namespace BrightKitchen.CentralServer.Data.Migrations
{
    /// <inheritdoc />
    public partial class Setups : Migration
    {
        /// <inheritdoc />
        protected override void Up(MigrationBuilder migrationBuilder)
        {
            migrationBuilder.AddColumn<double>(
                name: "ClockAheadSeconds",
                table: "Findings",
                type: "REAL",
                nullable: true);

            migrationBuilder.AddColumn<string>(
                name: "SetupOrder",
                table: "Boxes",
                type: "TEXT",
                nullable: true);

            migrationBuilder.AddColumn<string>(
                name: "SetupReport",
                table: "Boxes",
                type: "TEXT",
                nullable: true);

            migrationBuilder.AddColumn<long>(
                name: "SetupRevision",
                table: "Boxes",
                type: "INTEGER",
                nullable: false,
                defaultValue: 0L);
        }

        /// <inheritdoc />
        protected override void Down(MigrationBuilder migrationBuilder)
        {
            migrationBuilder.DropColumn(
                name: "ClockAheadSeconds",
                table: "Findings");

            migrationBuilder.DropColumn(
                name: "SetupOrder",
                table: "Boxes");

            migrationBuilder.DropColumn(
                name: "SetupReport",
                table: "Boxes");

            migrationBuilder.DropColumn(
                name: "SetupRevision",
                table: "Boxes");
        }
    }
}
